// Command kubecheck reads what `helm template` prints and says what Kubernetes
// would refuse, and what the chart promises and does not keep. Each object is
// decoded strictly into the types of the Kubernetes API (and of the Prometheus
// Operator), so that a misspelt or misplaced field is an error. It asks no
// cluster and downloads no schema.
//
// Usage: kubecheck [-configs FOLDER] FILE
// With -configs, the settings of each service are written to FOLDER/NAME.yaml.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

func main() {
	configs := flag.String("configs", "", "`folder` to write the services' settings to")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: kubecheck [-configs FOLDER] FILE")
		os.Exit(2)
	}
	n, err := run(flag.Arg(0), *configs)
	if err != nil {
		fmt.Fprintf(os.Stderr, "kubecheck: %s:\n%v\n", flag.Arg(0), err)
		os.Exit(1)
	}
	fmt.Printf("%s: %d objects are well formed\n", flag.Arg(0), n)
}

func run(file, configs string) (int, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("read manifests: %w", err)
	}
	objects, err := decode(b)
	if err != nil {
		return 0, err
	}
	errs := []error{checkAll(objects)}
	if configs != "" {
		errs = append(errs, writeConfigs(objects, configs))
	}
	return len(objects), errors.Join(errs...)
}
