// One binary for Volcano's scheduler and its controllers: they share most of their code, and the file name chooses.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"github.com/spf13/pflag"
	feature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/cli/flag"
	election "k8s.io/component-base/config/options"
	"k8s.io/klog/v2"
	controllers "volcano.sh/volcano/cmd/controller-manager/app"
	controlleroptions "volcano.sh/volcano/cmd/controller-manager/app/options"
	scheduler "volcano.sh/volcano/cmd/scheduler/app"
	scheduleroptions "volcano.sh/volcano/cmd/scheduler/app/options"
	"volcano.sh/volcano/pkg/controllers/framework"
	"volcano.sh/volcano/pkg/util"

	_ "volcano.sh/volcano/pkg/controllers/garbagecollector"
	_ "volcano.sh/volcano/pkg/controllers/hypernode"
	_ "volcano.sh/volcano/pkg/controllers/job"
	_ "volcano.sh/volcano/pkg/controllers/podgroup"
	_ "volcano.sh/volcano/pkg/controllers/queue"
	_ "volcano.sh/volcano/pkg/scheduler/actions"
	_ "volcano.sh/volcano/pkg/scheduler/plugins"
)

var programs = map[string]func() error{
	"vc-scheduler":          runScheduler,
	"vc-controller-manager": runControllers,
}

func main() {
	name := filepath.Base(os.Args[0])
	run, known := programs[name]
	if !known {
		fmt.Fprintf(os.Stderr, "%s: unknown program; link or rename this binary to vc-scheduler or vc-controller-manager\n", name)
		os.Exit(2)
	}
	klog.InitFlags(nil)
	err := run()
	klog.Flush()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runScheduler() error {
	options := scheduleroptions.NewServerOption()
	options.AddFlags(pflag.CommandLine)
	feature.DefaultMutableFeatureGate.AddFlag(pflag.CommandLine)
	util.LeaderElectionDefault(&options.LeaderElection)
	options.LeaderElection.ResourceName = "vc-scheduler"
	election.BindLeaderElectionFlags(&options.LeaderElection, pflag.CommandLine)
	// The scheduler reads its options from a global that this sets.
	options.RegisterOptions()
	flag.InitFlags()
	if err := options.CheckOptionOrDie(); err != nil {
		return err
	}
	return scheduler.Run(options)
}

func runControllers() error {
	options := controlleroptions.NewServerOption()
	options.AddFlags(pflag.CommandLine, controllerNames())
	feature.DefaultMutableFeatureGate.AddFlag(pflag.CommandLine)
	util.LeaderElectionDefault(&options.LeaderElection)
	options.LeaderElection.ResourceName = "vc-controller-manager"
	election.BindLeaderElectionFlags(&options.LeaderElection, pflag.CommandLine)
	flag.InitFlags()
	if err := options.CheckOptionOrDie(); err != nil {
		return err
	}
	return controllers.Run(options)
}

// The controllers that are linked in: those of gangs, queues and network domains, not of clocks, workflows and shards.
func controllerNames() []string {
	names := []string{}
	framework.ForeachController(func(controller framework.Controller) {
		names = append(names, controller.Name())
	})
	sort.Strings(names)
	return names
}
