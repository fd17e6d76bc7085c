"""Pure decisions about the ground: where a unit may stand, what a role may do, which promise holds."""
