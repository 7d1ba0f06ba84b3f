"""The program's commands, one module for what they are about."""
