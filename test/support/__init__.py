"""What the tests from outside share: a sample district, a server, a client, a runner. Standard library only."""
