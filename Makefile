# `make` lists the targets. Every target installs what it needs, in a fresh clone too.
SHELL := /bin/sh
PY := .venv/bin/python
.DEFAULT_GOAL := help
# Some images set it. Without bytecode every process compiles what it imports.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup up down status logs trace metrics reset env demo sam-local sam-invoke docker check test \
	test-fast test-integration test-stripe fmt web errors openapi permissions cost screenshots lock \
	audit attack bench

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 26

setup: ## install uv and the project's environment
	@devstack/bootstrap.sh

up: setup ## start the local cloud and deploy; STACK=compose: with Docker
	@$(PY) -m devstack up $(addprefix --stack=,$(STACK))

down: setup ## stop the local cloud; its data stays
	@$(PY) -m devstack down

status: setup ## what runs, and what to do about what does not run
	@$(PY) -m devstack.status

logs: setup ## follow the log of a function or a server: make logs F=create_order
	@$(PY) -m devstack.logs $(F)

trace: setup ## one order across all functions: make trace ORDER=<order id>
	@$(PY) -m devstack.trace "$(ORDER)"

metrics: setup ## the metrics of the functions
	@$(PY) -m devstack.emf

reset: setup ## stop the local cloud and delete its data
	@$(PY) -m devstack reset

env: setup ## addresses and keys as shell variables: eval "$(make -s env)"
	@$(PY) -m devstack.env

demo: up ## place, pay and cook one order on the local cloud
	@$(PY) -m devstack.demo

sam-local: docker up ## the API from containers, on the local cloud's servers (needs Docker)
	@$(PY) -m devstack.sam_local

sam-invoke: docker up ## a sample event to its function in a container: make sam-invoke E=create_order/two_products
	@$(PY) -m devstack.sam_local "$(E)"

docker: setup
	@$(PY) -m devstack.containers

check: setup ## format, lint, types, import rules, template, requirements, pages, word list
	@$(PY) -m devstack.check

test: setup ## all tests, on servers of their own
	@env -u GORDER_MYSQL_URL -u GORDER_REDIS_URL -u GORDER_MONGO_URL $(PY) -m pytest tests \
		--numprocesses 3 --max-worker-restart 0

test-fast: setup ## the tests that need no server
	@$(PY) -m pytest tests/unit tests/contract tests/compatibility tests/simulation \
		-m "not servers" --numprocesses 2

test-integration: setup ## adapters and the local cloud on real servers
	@$(PY) -m pytest tests/integration tests/contract

test-stripe: setup ## the contract tests of Stripe, against the real one: STRIPE_API_KEY=sk_test_…
	@$(PY) -m devstack.real_stripe

fmt: setup ## format the code and apply the linter's fixes
	@$(PY) -m ruff check --fix --quiet . ; $(PY) -m ruff format . ; $(PY) -m devstack.web format

web: setup ## run a script of web/package.json: make web S=types
	@$(PY) -m devstack.web $(S)

errors: setup ## write docs/errors.md from the exception classes
	@$(PY) -m tools.generate_errors

openapi: setup ## write docs/openapi.yaml from the code
	@$(PY) -m tools.generate_openapi

permissions: setup ## write docs/permissions.md from template.yaml
	@$(PY) -m tools.generate_permissions

cost: setup ## write docs/cost.md from prices, counted requests and template.yaml
	@$(PY) -m tools.generate_cost

screenshots: up ## write docs/images from the local cloud, with Chromium
	@$(PY) -m tools.screenshots

lock: setup ## update uv.lock, the layers' requirements and the tools' lock files
	@devstack/lock.sh

audit: setup ## known vulnerabilities and licences of packages; bills of materials in dist/
	@$(PY) -m devstack.audit

attack: setup ## attack the local cloud: run the tests that docs/security.md names, and count
	@$(PY) -m devstack.attack

bench: setup ## a benchmark, on servers of its own: make bench BENCH=hot_item
	@$(PY) -m benchmarks $(BENCH)
