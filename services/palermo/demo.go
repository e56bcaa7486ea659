package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/ops"
	"palermo.internal/pkg/synth"
)

const demoHelp = `
Shows the whole way on this machine: generates a feed, sends it to the gateway,
lets it run through the Kafka topics of an embedded broker into an embedded
index, verifies that nothing was lost, and prints the strongest leads and how
they compare with the truth of the generated feed. Everything is in a temporary
folder, which is removed at the end unless -keep is given.`

func demoCommand() command {
	return command{name: "demo", summary: "generate a feed, run it through everything, print the leads", run: runDemo}
}

func runDemo(ctx context.Context, env *environment, args []string) (err error) {
	fs := flagSet(env, "demo", "", demoHelp)
	o := synth.DefaultOptions()
	o.Ads, o.CampaignShare, o.MeanCopies = 4000, 0.15, 15
	addFeedFlags(fs, &o)
	keep := fs.String("keep", "", "`folder` to work in and to keep")
	top := fs.Int("top", 10, "how many leads to print")
	cfg := nodeConfig{partitions: 4, gateway: "127.0.0.1:0", query: "127.0.0.1:0", admin: "off", quick: true}
	cfg.pipeline = addPipelineFlags(fs)
	cfg.elastic = addElasticFlags(env, fs)
	if err := noArguments(fs, args); err != nil {
		return err
	}
	dir := *keep
	if dir == "" {
		if dir, err = os.MkdirTemp("", "palermo-demo-"); err != nil {
			return fmt.Errorf("make a folder for the demo: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	} else if err := os.MkdirAll(dir, 0o750); err != nil {
		return usagef("-keep: %w", err)
	}
	cfg.dataDir = filepath.Join(dir, "data")
	d := &demo{env: env, dir: dir, cfg: cfg, options: o, top: *top}
	return d.run(ctx)
}

type demo struct {
	env     *environment
	dir     string
	cfg     nodeConfig
	options synth.Options
	top     int
}

func (d *demo) say(format string, args ...any) {
	fmt.Fprintf(d.env.stderr, format+"\n", args...)
}

func (d *demo) run(ctx context.Context) error {
	feed, truth := filepath.Join(d.dir, "feed.ndjson"), filepath.Join(d.dir, "truth.ndjson")
	d.say("1/5 generating %d adverts", d.options.Ads)
	if err := generate(ctx, d.env, d.options, feed, truth); err != nil {
		return err
	}
	d.say("2/5 starting broker, index, gateway and stages in this process")
	logger, err := ops.NewLogger(ops.LogConfig{Level: "error", Format: "console"}, d.env.stderr)
	if err != nil {
		return err
	}
	n, err := newNode(ctx, d.cfg, logger)
	if err != nil {
		return err
	}
	// The node outlives the end of ctx by its own shutdown.
	nodeCtx, stop := context.WithCancel(ctx)
	defer stop()
	stopped := make(chan error, 1)
	go func() { stopped <- n.Run(nodeCtx) }()
	err = d.work(ctx, n, feed, truth, stopped)
	stop()
	if errors.Is(err, errNodeStopped) {
		return <-stopped
	}
	return errors.Join(err, <-stopped)
}

// errNodeStopped says that the node ended while the demo was at work.
var errNodeStopped = errors.New("the pipeline stopped")

func (d *demo) work(ctx context.Context, n *node, feed, truth string, stopped chan error) error {
	files, err := checkFiles([]string{feed})
	if err != nil {
		return err
	}
	start := time.Now()
	s := &sender{url: "http://" + n.gatewayAddr + "/v1/ads", patience: time.Minute, env: d.env}
	defer s.close()
	bar := newProgress(d.env, "sending", totalSize(files), true)
	d.say("3/5 sending the feed to the gateway, through Kafka topics into the index")
	err = s.sendFiles(ctx, files, bar.add)
	bar.done()
	if err != nil {
		return err
	}
	if err := waitDrained(ctx, n, stopped); err != nil {
		return err
	}
	seconds := time.Since(start).Seconds()
	d.say("4/5 verifying that nothing was lost")
	v, err := verify(ctx, n.kafka, queryClient{n.query.address()}, time.Minute)
	if err != nil {
		return err
	}
	d.say("5/5 reading the leads from the index\n")
	leads, err := indexedLeads(ctx, n.store, d.top)
	if err != nil {
		return err
	}
	if err := printLeads(d.env.stdout, leads); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(d.env.stdout, "\n%d adverts through gateway, broker and index in %.1f s.\n", s.accepted, seconds); err != nil {
		return err
	}
	if err := v.print(d.env, false); err != nil {
		return err
	}
	if !v.good() {
		return errReported
	}
	return compareWithTruth(ctx, d.env, n.store, truth)
}

// waitDrained waits until every stage has caught up.
func waitDrained(ctx context.Context, n *node, stopped chan error) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		done, err := n.drained(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			n.logger.Warn("cannot read the lag", zap.Error(err))
		case done:
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-stopped:
			stopped <- err
			return errNodeStopped
		case <-tick.C:
		}
	}
}

// indexedLeads reads the strongest leads from the index.
func indexedLeads(ctx context.Context, store index.Store, n int) ([]lead, error) {
	if err := store.Refresh(ctx); err != nil {
		return nil, err
	}
	res, err := store.Search(ctx, index.Query{
		Kind: index.KindClusters, Levels: []string{"low", "medium", "high"}, Sort: index.SortScore, Limit: n,
	})
	if err != nil {
		return nil, fmt.Errorf("read leads: %w", err)
	}
	leads := make([]lead, len(res.Hits))
	for i, h := range res.Hits {
		var d index.ClusterDoc
		if err := json.Unmarshal(h.Body, &d); err != nil {
			return nil, fmt.Errorf("read cluster %s: %w", h.ID, err)
		}
		leads[i] = lead{clusterID: d.ClusterID, level: d.Level, score: d.Score, ads: int(d.Size), typologies: d.Typologies, reason: d.Reason}
		for _, p := range d.Places {
			leads[i].places = append(leads[i].places, p.Value)
		}
	}
	return leads, nil
}
