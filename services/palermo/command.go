package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"palermo.internal/pkg/ops"
)

// environment is what a command may touch of the process around it.
type environment struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
}

// interactive reports whether a person watches standard error.
func (e *environment) interactive() bool {
	f, ok := e.stderr.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// command is one sub-command. run gets the arguments after its name.
type command struct {
	name    string
	args    string
	summary string
	run     func(ctx context.Context, env *environment, args []string) error
}

func commands() []command {
	return []command{
		runCommand(), analyzeCommand(), demoCommand(), generateCommand(), evalCommand(), ingestCommand(),
		searchCommand(), tapCommand(), dlqCommand(), rulesCommand(), verifyCommand(),
		setupCommand(), reindexCommand(), keysCommand(), versionCommand(),
	}
}

// usageError is an error in flags, arguments, settings or input files: exit code 2.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// errReported is returned by a command that has failed and has said why on
// standard output or error: exit code 1 and not another word.
var errReported = errors.New("failed")

// execute runs the command that args name and returns the exit code.
func execute(ctx context.Context, env *environment, args []string) int {
	if len(args) == 0 {
		printHelp(env.stderr)
		return ops.ExitUsage
	}
	name := args[0]
	switch name {
	case "help", "-h", "-help", "--help":
		if len(args) > 1 && name == "help" {
			name, args = args[1], []string{args[1], "--help"}
			break
		}
		printHelp(env.stdout)
		return ops.ExitOK
	}
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		return exitCode(env, name, c.run(ctx, env, args[1:]))
	}
	fmt.Fprintf(env.stderr, "palermo: there is no command %q; `palermo help` lists them\n", printable(name))
	return ops.ExitUsage
}

func exitCode(env *environment, name string, err error) int {
	var usage *usageError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return ops.ExitOK
	case errors.Is(err, errReported):
		return ops.ExitFailure
	case errors.Is(err, context.Canceled):
		fmt.Fprintf(env.stderr, "palermo %s: stopped\n", name)
		return ops.ExitFailure
	case errors.As(err, &usage):
		fmt.Fprintf(env.stderr, "palermo %s: %v\n", name, err)
		return ops.ExitUsage
	default:
		fmt.Fprintf(env.stderr, "palermo %s: %v\n", name, err)
		return ops.ExitFailure
	}
}

func printHelp(w io.Writer) {
	fmt.Fprint(w, "palermo finds signs of human trafficking in streams of adverts. It ranks leads for a person to read; it decides nothing.\n\nUsage: palermo COMMAND [FLAGS] [ARGUMENTS]\n\n")
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range commands() {
		fmt.Fprintf(tw, "  %s\t%s\n", c.name, c.summary)
	}
	_ = tw.Flush()
	fmt.Fprint(w, "\n`palermo COMMAND --help` explains one. Exit codes: 0 done, 1 failed while running, 2 wrong flags, settings or input.\n")
}

// flagSet returns the flag set of a command with its help text.
func flagSet(env *environment, name, args, text string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {
		out := env.stdout
		fmt.Fprintf(out, "Usage: palermo %s [FLAGS] %s\n\n%s\n", name, args, strings.TrimSpace(text))
		var any bool
		fs.VisitAll(func(*flag.Flag) { any = true })
		if any {
			fmt.Fprint(out, "\nFlags:\n")
			fs.SetOutput(out)
			fs.PrintDefaults()
			fs.SetOutput(io.Discard)
		}
	}
	return fs
}

// parse reads flags wherever they stand among the arguments and returns the
// arguments. "--" ends the flags.
func parse(fs *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usagef("%w; `palermo %s --help` lists the flags", err, fs.Name())
		}
		left := fs.Args()
		if n := len(args) - len(left); n > 0 && args[n-1] == "--" {
			return append(rest, left...), nil
		}
		if len(left) == 0 {
			return rest, nil
		}
		rest, args = append(rest, left[0]), left[1:]
	}
}

// noArguments refuses arguments for a command that takes flags only.
func noArguments(fs *flag.FlagSet, args []string) error {
	rest, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usagef("unexpected argument %q; `palermo %s --help` explains the command", printable(rest[0]), fs.Name())
	}
	return nil
}
