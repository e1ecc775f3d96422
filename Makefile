# Everything a user or developer of Kybern runs. `make` alone lists it.
SHELL := /bin/bash
scripts := k8s-bootstrap/scripts
maven = JAVA_HOME=$$($(scripts)/jdk.sh) MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED" mvn -B -Dstyle.color=never

.DEFAULT_GOAL := help
.PHONY: help up down nodes load kubeconfig status logs demo todo test bench jmh footprint soak idle-pods pods-at-once crowd outage doctor prerequisites build images unit verify fmt clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## build what changed, start the cluster, wait until its nodes are Ready
	@$(scripts)/up.sh

down: ## remove the cluster: containers, volumes, networks
	@$(scripts)/down.sh

nodes: ## N=3: change the number of nodes of the running cluster
	@$(scripts)/nodes.sh '$(N)'

load: ## IMAGE=my/image:1: put a local image on every node
	@$(scripts)/load.sh '$(IMAGE)'

kubeconfig: ## print the path of the administrator's kubeconfig
	@$(scripts)/kubeconfig.sh

status: ## services, nodes and pods
	@$(scripts)/status.sh

logs: ## S=apiserver: what a service says, or all of them (FOLLOW=1 goes on, TAIL=200)
	@$(scripts)/logs.sh $(S)

demo: ## run the guestbook on the running cluster (NAMESPACE=x: elsewhere than in "guestbook")
	@$(scripts)/demo.sh $(NAMESPACE)

todo: ## run the to-do list on the running cluster (NAMESPACE=x: elsewhere than in "todo")
	@$(scripts)/todo.sh $(NAMESPACE)

test: ## everything: checks, unit, integration and system tests
	@$(scripts)/test.sh

bench: ## SCENARIO=get,list ARGS="--runs 3": load on the running cluster, and what it did
	@$(scripts)/bench.sh $(if $(SCENARIO),--scenario '$(SCENARIO)') $(ARGS)

jmh: ## ARGS=Merge: micro-benchmarks of the hot paths
	@$(scripts)/bench.sh --jmh $(ARGS)

footprint: ## memory and idle CPU of every service
	@$(scripts)/footprint.sh

soak: ## MINUTES=30: make and remove pods for so long, and compare what the nodes hold before and after
	@$(scripts)/soak.sh $(MINUTES)

idle-pods: ## PODS=100: start pods at once on one node, and what its daemon needs for them
	@$(scripts)/idle-pods.sh $(PODS)

pods-at-once: ## PODS=50 ROUNDS=3: start pods at once on one node, beside what its Docker Engine alone needs for their containers
	@$(scripts)/pods-at-once.sh $(or $(PODS),50) $(ROUNDS)

crowd: ## PODS=200: make that many pods at once on all nodes, look that each runs once, and what is left when they are gone
	@$(scripts)/crowd.sh $(PODS)

outage: ## MINUTES=10: take the API server away for so long, and how pods fare
	@$(scripts)/outage.sh $(MINUTES)

doctor: ## look whether this machine has what it takes
	@$(scripts)/doctor.sh

prerequisites: ## install what is missing (Debian) and start the Docker engine
	@$(scripts)/prerequisites.sh

build: ## package the services
	@$(scripts)/build.sh

images: build ## build the container images
	@$(scripts)/images.sh

unit: ## unit tests only
	@$(maven) -q -Dfast test

verify: prerequisites ## format, null checks, architecture rules, unit and integration tests
	@$(scripts)/build.sh --verify

fmt: ## format the sources
	@$(maven) -q spotless:apply

clean: ## remove what was built; a running cluster and the images stay
	@$(maven) -q clean
	@find build -mindepth 1 -maxdepth 1 ! -name admin.conf ! -name 'node*' -exec rm -rf {} + 2>/dev/null || true
