package main

import (
	"context"
	"fmt"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/ops"
)

func versionCommand() command {
	return command{
		name: "version", summary: "print what this binary was built from",
		run: func(_ context.Context, env *environment, args []string) error {
			if err := noArguments(flagSet(env, "version", "", "Prints the release, the commit and the compiler."), args); err != nil {
				return err
			}
			v := ops.BuildVersion()
			_, err := fmt.Fprintf(env.stdout, "palermo %s %s %s\n", v.Version, v.Revision, v.Go)
			return err
		},
	}
}

// printable makes text of unknown origin fit for a terminal line: no control
// or format characters, at most 200 bytes.
func printable(s string) string { return ad.Printable(s, 200) }
