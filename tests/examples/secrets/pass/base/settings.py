PASSWORD = "changeme"
