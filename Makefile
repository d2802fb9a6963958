# 任务清单:直接运行 `make` 查看 / the tasks: `make` alone lists them

.DEFAULT_GOAL := help
.PHONY: help install run test check check-pure check-types check-lint check-format check-imports bench faults lock format clean
MAKEFLAGS += --no-print-directory

# 例 / for example: make test ARGS="tests/flows -k joint"
ARGS ?=
# 几个进程同时跑测试;0 为逐个运行,便于调试 / how many processes run the tests; 0: one after another, for debugging
WORKERS ?= 2
# A file's tests stay together, as they share servers; what takes longest begins first (tests/conftest.py).
PYTEST = .venv/bin/python -m pytest --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder

help:
	@echo "make install   安装到 .venv(其他任务会自动先做) / set up .venv (the others do it first by themselves)"
	@echo "make run       用真实的 NATS 与 PostgreSQL 跑完 2023 年 / run the year 2023 through real NATS and PostgreSQL"
	@echo "make test      全部测试 / all tests (ARGS=... goes to pytest)"
	@echo "make check     格式、规则、类型、导入、纯测试 / format, lint, types, imports, pure tests: about a minute"
	@echo "make bench     性能 / performance"
	@echo "make faults    故障:断电、断网、丢盘 / faults: kills, partitions, lost disks"
	@echo "make lock      重新锁定依赖 / lock the dependencies anew (ARGS=--upgrade for newer versions)"
	@echo "make format    整理代码格式 / format the code"
	@echo "make clean     删除 .venv 与缓存,不动数据 / remove .venv and caches, never data"

install:
	@sh deploy/install

run: install
	@.venv/bin/xinfang demo $(ARGS)

test: install
	@$(PYTEST) $(ARGS)

# Side by side, each to its end: one fault does not hide the others.
check: install
	@$(MAKE) --keep-going --jobs=2 --output-sync=target check-pure check-types check-lint check-format check-imports

check-pure:
	@# test_wheel asks the package registry: `make test` runs it
	.venv/bin/python -m pytest --quiet --ignore=tests/wire/test_wheel.py tests/rules tests/wire tests/house $(ARGS)

check-types:
	.venv/bin/mypy --no-error-summary

check-lint:
	.venv/bin/ruff check --output-format concise .

check-format:
	.venv/bin/ruff format --check --output-format concise .

check-imports:
	.venv/bin/lint-imports --no-logo

bench: install
	@.venv/bin/xinfang bench -n 20000 $(ARGS)
	@.venv/bin/xinfang bench -n 100000 $(ARGS)

faults: install
	@$(PYTEST) tests/faults $(ARGS)

format: install
	.venv/bin/ruff check --fix --quiet --select I .
	.venv/bin/ruff format .

lock: install
	@sh deploy/lock $(ARGS)

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis dist build
