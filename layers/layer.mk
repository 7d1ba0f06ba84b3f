# Builds the layers for SAM: locked wheels for MACHINE, on any machine; without files that no function
# reads; with bytecode that stays valid in a zip. (SAM's zip changes the dates of the sources, which
# invalidates ordinary .pyc files, and every cold start would compile everything.) The sources stay,
# for tracebacks.
PACKAGES = $(ARTIFACTS_DIR)/python

define install
	python3.13 -m pip install --quiet --no-input --disable-pip-version-check --no-compile --no-deps \
		--only-binary=:all: --implementation cp --python-version 3.13 \
		--platform manylinux_2_28_$(MACHINE) --platform manylinux2014_$(MACHINE) \
		--require-hashes --target "$(PACKAGES)" -r requirements.txt
endef

define strip
	rm -rf "$(PACKAGES)/bin" "$(PACKAGES)"/*-stubs
	find "$(PACKAGES)" \( -name __pycache__ -o -name tests -o -name '*.pyi' -o -name '*.[ch]' \
		-o -name RECORD -o -name sboms \) -prune -exec rm -r {} +
endef

define compile
	python3.13 -m compileall -q -j 0 --invalidation-mode unchecked-hash \
		-s "$(ARTIFACTS_DIR)" -p /opt "$(PACKAGES)"
endef

.PHONY: build-CommonLayer build-StripeLayer

build-CommonLayer:
	$(install)
	rm "$(PACKAGES)"/aws_lambda_powertools/event_handler/openapi/swagger_ui/swagger-ui*
	rm -r "$(PACKAGES)/aws_lambda_powertools/utilities/auth_alpha" # checks tokens of others
	rm -r "$(PACKAGES)/gridfs" # of PyMongo: files in a database
	rm "$(PACKAGES)/pydantic/mypy.py" # a plug-in of a type checker
	rm -r "$(PACKAGES)/pydantic/v1" # for models of pydantic 1
	cp -R gorder "$(PACKAGES)/"
	$(strip)
	$(compile)
	echo $(MACHINE) >"$(PACKAGES)/gorder/built-for"

build-StripeLayer: # stripe.params is for type checkers
	$(install)
	rm -r "$(PACKAGES)/stripe/params"
	$(strip)
	$(compile)
