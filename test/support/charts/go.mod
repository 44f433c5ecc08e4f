// Nothing is built of these: their folders hold charts as their makers wrote them, and go.sum what each must be.
module plinth/test/support/charts

go 1.26.0

require (
	github.com/kserve/kserve v0.20.0
	github.com/ray-project/kuberay v1.6.2
	go.universe.tf/metallb v0.15.3
	volcano.sh/volcano v1.14.1
)
