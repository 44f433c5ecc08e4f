// The MPI operator with its controller as it is. Its own main package listens on a fixed port of all addresses
// and waits for an election; processes that share a machine need a port of their own and have nobody to elect.
package main

import (
	"context"
	"flag"
	"net/http"
	"os/signal"
	"syscall"

	"github.com/kubeflow/mpi-operator/cmd/mpi-operator/app/options"
	mpijobs "github.com/kubeflow/mpi-operator/pkg/client/clientset/versioned"
	mpischeme "github.com/kubeflow/mpi-operator/pkg/client/clientset/versioned/scheme"
	mpiinformers "github.com/kubeflow/mpi-operator/pkg/client/informers/externalversions"
	"github.com/kubeflow/mpi-operator/pkg/controller"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

func main() {
	operator := options.NewServerOption()
	operator.AddFlags(flag.CommandLine)
	health := flag.String("health-address", "127.0.0.1:0", "where /healthz is served")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, operator, *health); err != nil {
		klog.Exit(err)
	}
}

func run(ctx context.Context, operator *options.ServerOption, health string) error {
	config, err := rest.InClusterConfig()
	if err != nil {
		return err
	}
	config.QPS, config.Burst = float32(operator.QPS), operator.Burst
	core, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	jobs, err := mpijobs.NewForConfig(config)
	if err != nil {
		return err
	}
	// Events name the object that they are about by its kind.
	if err := mpischeme.AddToScheme(scheme.Scheme); err != nil {
		return err
	}

	coreInformers := informers.NewSharedInformerFactory(core, 0)
	jobInformers := mpiinformers.NewSharedInformerFactory(jobs, 0)
	// Queues admit gangs, so no scheduler's pod groups are made.
	mpi, err := controller.NewMPIJobController(
		ctx, core, jobs, nil, nil,
		coreInformers.Core().V1().ConfigMaps(),
		coreInformers.Core().V1().Secrets(),
		coreInformers.Core().V1().Services(),
		coreInformers.Batch().V1().Jobs(),
		coreInformers.Core().V1().Pods(),
		coreInformers.Scheduling().V1().PriorityClasses(),
		jobInformers.Kubeflow().V2beta1().MPIJobs(),
		operator,
	)
	if err != nil {
		return err
	}
	coreInformers.Start(ctx.Done())
	jobInformers.Start(ctx.Done())

	failed := make(chan error, 1)
	go func() { failed <- http.ListenAndServe(health, http.HandlerFunc(healthy)) }()
	go func() { failed <- mpi.Run(operator.Threadiness, ctx.Done()) }()
	return <-failed
}

func healthy(answer http.ResponseWriter, _ *http.Request) {
	answer.WriteHeader(http.StatusOK)
}
