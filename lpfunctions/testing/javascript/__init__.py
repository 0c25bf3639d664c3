"""Functions in JavaScript, as LivePerson's customers write them, run by Node beside the platform."""
