"""Why a file was not read."""

from huhang.kit.errors import BadInput, TooLarge


class FileIsEmpty(BadInput):
    """文件是空的，没有可以导入的行。"""


class FileUnreadable(BadInput):
    """文件无法读取，请确认格式后重试；没有写入任何内容。"""


class FileTooLarge(TooLarge):
    """文件超过大小上限，请拆分后再导入。"""
