"""Its presence makes pytest put the project's root on the path, so that tests import `tests.support`."""
