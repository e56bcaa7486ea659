package main

import (
	"flag"
	"fmt"

	"palermo.internal/pkg/contact"
	"palermo.internal/pkg/indicator"
	"palermo.internal/services/clusterer"
	"palermo.internal/services/normalizer"
	"palermo.internal/services/scorer"
)

// pipelineFlags are the settings that decide about adverts.
type pipelineFlags struct {
	rules, tokenKey *string
	normalizer      normalizer.Config
	clusterer       clusterer.Config
	scorer          scorer.Config
}

func addPipelineFlags(fs *flag.FlagSet) *pipelineFlags {
	p := &pipelineFlags{
		rules:      addRulesFlag(fs),
		tokenKey:   fs.String("token-key", "", "`file` with the keys for contact tokens (`palermo keys token` makes one)"),
		normalizer: normalizer.DefaultConfig(),
		clusterer:  clusterer.DefaultConfig(),
		scorer:     scorer.DefaultConfig(),
	}
	return p
}

// localPipeline is the stages from raw adverts to scores, in this process.
type localPipeline struct {
	topics topicNames
	stages []localStage
	packs  []string
}

// build makes the stages. Contact tokens get a key of their own for the run if
// none was named.
func (p *pipelineFlags) build() (*localPipeline, error) {
	engine, err := loadEngine(*p.rules)
	if err != nil {
		return nil, err
	}
	keys, err := ephemeralKeys()
	if *p.tokenKey != "" {
		keys, err = keysFromFile(*p.tokenKey)
	}
	if err != nil {
		return nil, err
	}
	return p.stages(engine, keys)
}

func (p *pipelineFlags) stages(engine *indicator.Engine, keys contact.Keys) (*localPipeline, error) {
	n, err := normalizer.NewHandler(p.normalizer, keys)
	if err != nil {
		return nil, fmt.Errorf("set up the normalizer: %w", err)
	}
	c, err := clusterer.NewHandler(p.clusterer)
	if err != nil {
		return nil, fmt.Errorf("set up the clusterer: %w", err)
	}
	s, err := scorer.NewHandler(p.scorer, indicator.NewHolder(engine))
	if err != nil {
		return nil, fmt.Errorf("set up the scorer: %w", err)
	}
	l := &localPipeline{
		topics: defaultTopics(),
		stages: []localStage{{"normalizer", n}, {"clusterer", c}, {"scorer", s}},
	}
	for _, i := range engine.Packs() {
		l.packs = append(l.packs, fmt.Sprintf("%s@%d", i.ID, i.Version))
	}
	return l, nil
}
