"""Tasks that belong to no service of the domain: audits and the migration."""
