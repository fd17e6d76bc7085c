"""The post office: what reaches people (notices today; entrances and conversations later). It promises that nothing sent is lost."""
