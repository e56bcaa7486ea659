// Command palermo is the whole pipeline in one binary, and its command line:
// run it on one machine, analyse a file, feed it, look into its topics, test
// its rules. `palermo help` lists the commands.
package main

import (
	"context"
	"os"

	"palermo.internal/pkg/ops"
)

func main() {
	ctx, stop := ops.SignalContext(context.Background(), os.Stderr)
	code := execute(ctx, &environment{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv,
	}, os.Args[1:])
	stop()
	os.Exit(code)
}
