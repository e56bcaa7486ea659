package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/synth"
)

// readTruth reads the truth of a generated feed, by platform and id.
func readTruth(path string) (_ map[[2]string]synth.Truth, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read truth: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	truth := map[[2]string]synth.Truth{}
	s := bufio.NewScanner(f)
	for s.Scan() {
		var l synth.Truth
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("read truth: %w", err)
		}
		truth[[2]string{l.Platform, l.ID}] = l
	}
	return truth, s.Err()
}

// compareWithTruth prints, for the leads of each level, what the generator says
// they are. Only a generated feed has such a truth.
func compareWithTruth(ctx context.Context, env *environment, store index.Store, path string) error {
	truth, err := readTruth(path)
	if err != nil {
		return err
	}
	for _, level := range []string{"high", "medium", "low"} {
		kinds := map[synth.Kind]int{}
		total := 0
		for offset := 0; ; offset += index.MaxLimit {
			res, err := store.Search(ctx, index.Query{Kind: index.KindClusters, Levels: []string{level}, Sort: index.SortScore, Offset: offset, Limit: index.MaxLimit})
			if err != nil {
				return fmt.Errorf("read leads: %w", err)
			}
			for _, h := range res.Hits {
				var d index.ClusterDoc
				if err := json.Unmarshal(h.Body, &d); err != nil {
					return fmt.Errorf("read cluster %s: %w", h.ID, err)
				}
				kinds[truth[[2]string{d.Platform, d.AdID}].Kind]++
				total++
			}
			if len(res.Hits) < index.MaxLimit || offset+2*index.MaxLimit > index.MaxWindow {
				break
			}
		}
		if _, err := fmt.Fprintf(env.stdout, "leads at level %-7s %4d: %d generated campaigns, %d look-alikes that are ordinary, %d other ordinary adverts\n",
			level+",", total, kinds[synth.KindCampaign], kinds[synth.KindHardNegative], kinds[synth.KindBackground]); err != nil {
			return err
		}
	}
	return nil
}
