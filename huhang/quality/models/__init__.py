"""Tables of surveys."""

from huhang.quality.models.survey import CallBack, Survey, SurveyTerms
from huhang.quality.models.touch import Touch

__all__ = ["CallBack", "Survey", "SurveyTerms", "Touch"]
