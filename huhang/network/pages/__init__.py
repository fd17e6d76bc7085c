"""The ground's pages: the tree, lists with their files and forms, people and roles, imports."""
