// Command composecheck loads a compose file as Docker Compose does, every
// profile of it, and says what is wrong. It asks no Docker.
//
// Usage: composecheck FILE ENV-FILE [NAME=VALUE...]
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: composecheck FILE ENV-FILE [NAME=VALUE...]")
		os.Exit(2)
	}
	n, err := check(context.Background(), os.Args[1], os.Args[2], os.Args[3:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "composecheck: %v\n", err)
		os.Exit(1)
	}
	fmt.Printf("%s: %d services are well described\n", os.Args[1], n)
}

func check(ctx context.Context, file, envFile string, env []string) (int, error) {
	opts, err := cli.NewProjectOptions([]string{file},
		cli.WithEnv(env), cli.WithEnvFiles(envFile), cli.WithDotEnv, cli.WithProfiles([]string{"*"}), cli.WithInterpolation(true))
	if err != nil {
		return 0, fmt.Errorf("read the options: %w", err)
	}
	p, err := opts.LoadProject(ctx)
	if err != nil {
		return 0, fmt.Errorf("load %s: %w", file, err)
	}
	var errs []error
	for _, name := range p.ServiceNames() {
		s, err := p.GetService(name)
		if err != nil {
			return 0, fmt.Errorf("look up %s: %w", name, err)
		}
		if s.Build != nil {
			errs = append(errs, exists(name, s.Build.Context), exists(name, filepath.Join(s.Build.Context, s.Build.Dockerfile)))
		}
		for _, v := range s.Volumes {
			if v.Type == types.VolumeTypeBind {
				errs = append(errs, exists(name, v.Source))
			}
		}
	}
	// Secrets are made by each installation; settings are part of the project.
	for name, c := range p.Configs {
		errs = append(errs, exists("config "+name, c.File))
	}
	return len(p.Services), errors.Join(errs...)
}

func exists(who, path string) error {
	if strings.TrimSpace(path) == "" {
		return fmt.Errorf("%s: names no file", who)
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("%s: %w", who, err)
	}
	return nil
}
