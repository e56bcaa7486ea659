package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ops"
)

// call runs the command line as a shell would and returns what it printed.
func call(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return callContext(t.Context(), stdin, args...)
}

func callContext(ctx context.Context, stdin string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	env := &environment{stdin: strings.NewReader(stdin), stdout: &out, stderr: &errs, getenv: func(string) string { return "" }}
	code = execute(ctx, env, args)
	return code, out.String(), errs.String()
}

func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	_, all, _ := call(t, "", "help")
	for _, c := range commands() {
		require.Contains(t, all, c.name)
		for _, args := range [][]string{{c.name, "--help"}, {c.name, "-h"}, {"help", c.name}} {
			code, out, errs := call(t, "", args...)
			require.Equal(t, ops.ExitOK, code, "%v: %s", args, errs)
			require.Contains(t, out, "Usage: palermo "+c.name)
		}
	}
}

func TestWrongUseExitsWithTwo(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"no command", nil, "Usage"},
		{"unknown command", []string{"fly"}, "no command \"fly\""},
		{"unknown flag", []string{"analyze", "--colour", "x"}, "colour"},
		{"no file", []string{"analyze"}, "no file given"},
		{"missing file", []string{"analyze", "/no/such.ndjson"}, "there is no such file"},
		{"folder", []string{"analyze", t.TempDir()}, "is a folder"},
		{"unwritable output", []string{"analyze", "--out", "/proc/none", "command_test.go"}, "output folder"},
		{"unknown format", []string{"analyze", "--format", "xml", "command_test.go"}, "ndjson or csv"},
		{"generate without out", []string{"generate"}, "-out"},
		{"generate negative", []string{"generate", "--ads", "-1", "--out", "-"}, "ads"},
		{"broken rule pack", []string{"analyze", "--rules", writeFeed(t, "bad.yaml", "id: [", "x"), "--out", t.TempDir(), "command_test.go"}, "bad.yaml:"},
		{"rule pack of another form", []string{"rules", "lint", writeFeed(t, "odd.yaml", "id: odd", "version: 1", "indicators: none")}, "odd.yaml:3"},
		{"missing rule pack", []string{"rules", "test", "/no/such.yaml"}, "no such file"},
		{"missing token key", []string{"analyze", "--token-key", "/no/such", "command_test.go"}, "-token-key"},
		{"no pipeline", []string{"tap", "--data", t.TempDir(), "ads.raw"}, "no `palermo run` works on"},
		{"search port for all", []string{"run", "--data", t.TempDir(), "--query", "0.0.0.0:1"}, "no password"},
		{"unexpected argument", []string{"version", "please"}, "unexpected argument"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := call(t, "", tc.args...)
			require.Equal(t, ops.ExitUsage, code, "%s %s", out, errs)
			require.Contains(t, errs, tc.want)
		})
	}
}

func TestFlagsMayFollowArguments(t *testing.T) {
	t.Parallel()
	var n int
	fs := flagSet(&environment{}, "x", "", "")
	fs.IntVar(&n, "n", 0, "")
	rest, err := parse(fs, []string{"a", "-n", "3", "b", "--", "-c"})
	require.NoError(t, err)
	require.Equal(t, 3, n)
	require.Equal(t, []string{"a", "b", "-c"}, rest)
}

func contextCancelled(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx, cancel
}
