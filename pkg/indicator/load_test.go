package indicator

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const goodPack = `id: trial
version: 3
title: A trial pack
description: A pack for the tests of loading.
concepts:
  - id: harvest
    about: The advert speaks of harvest.
    terms: {id: [panen]}
indicators:
  - id: T01
    title: Visa of a tourist
    dimension: deceptive-recruitment
    strength: medium
    mode: live
    scope: ad
    source: {citation: Somebody 2024, class: advice}
    why: Because it is a test of loading.
    false_positives: None are known for tests.
    terms: {id: [visa turis]}
    examples:
      positive: [{text: pakai visa turis}]
      negative: [{text: pakai visa kerja}]
  - id: T02
    title: Harvest with hidden contact
    dimension: deceptive-recruitment
    strength: weak
    mode: shadow
    scope: ad
    source: {citation: Somebody 2024, class: advice}
    why: Because it is a test of loading.
    false_positives: None are known for tests.
    when: says_harvest && hidden_contacts > 0
    note: "{hidden_contacts} hidden contacts."
    examples:
      positive: [{text: musim panen, ad: {hidden_contacts: 2}}]
      negative: [{text: musim panen}]
`

func TestLoadGood(t *testing.T) {
	t.Parallel()
	e, err := Load([]File{{"trial.yaml", []byte(goodPack)}})
	require.NoError(t, err)
	require.Equal(t, []PackInfo{{ID: "trial", Version: 3, Title: "A trial pack", Live: 1, Shadow: 1}}, e.Packs())
	a := e.Assess(Example{Text: "panen, pakai visa turis", Ad: &ExampleAd{HiddenContacts: 2}}.ad())
	require.Equal(t, []string{"trial@3"}, a.GetPacks())
	require.Len(t, a.GetIndicators(), 2)
	require.Equal(t, "T01", a.GetIndicators()[0].GetId())
	require.Equal(t, "shadow", a.GetIndicators()[1].GetMode())
	require.Equal(t, "2 hidden contacts.", a.GetIndicators()[1].GetEvidence()[0].GetNote())
	// What is in shadow adds nothing.
	alone := e.Assess(Example{Text: "pakai visa turis"}.ad())
	require.InDelta(t, alone.GetScore(), a.GetScore(), 0)
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	swap := func(old, with string) string {
		if !strings.Contains(goodPack, old) {
			panic(old)
		}
		return strings.Replace(goodPack, old, with, 1)
	}
	for _, c := range []struct {
		name, pack string
		want       []string
	}{
		{"no yaml", "id: [", []string{"trial.yaml: is not valid YAML"}},
		{"empty", "", []string{"is not valid YAML"}},
		{"alias", "a: &x 1\nb: *x\n", []string{"aliases"}},
		{"two documents", goodPack + "\n---\nid: b\n", []string{"more than one document"}},
		{"unknown key", swap("    mode: live", "    mode: live\n    colour: red"), []string{"trial.yaml:10: T01", "colour", "schemas/rulepack.schema.json"}},
		{"no source", swap("    source: {citation: Somebody 2024, class: advice}\n    why", "    why"), []string{"trial.yaml:10: T01", "source"}},
		{"bad strength", swap("strength: medium", "strength: huge"), []string{"trial.yaml:13: T01", "strength"}},
		{"same id", swap("id: T02", "id: T01"), []string{"trial.yaml:23: T01", "already in trial.yaml:10", "another id"}},
		{"strong advice", swap("strength: medium", "strength: strong"), []string{"trial.yaml:13: T01", "class advice", "make it medium"}},
		{"unknown feature", swap("hidden_contacts > 0", "hidden_contact > 0"), []string{"trial.yaml:32: T02", "undeclared reference to 'hidden_contact'"}},
		{"not a condition", swap("says_harvest && hidden_contacts > 0", "hidden_contacts"), []string{"T02: when: is a int", "true or false"}},
		{"wrong type", swap("hidden_contacts > 0", "language > 0"), []string{"T02: when", "no matching overload"}},
		{"too costly", swap("hidden_contacts > 0", "cities.exists(a, cities.exists(b, cities.exists(c, a == b && b == c)))"), []string{"T02: when: may cost"}},
		{"unknown note", swap("{hidden_contacts} hidden", "{hidden} hidden"), []string{"trial.yaml:33: T02: note: {hidden} is no feature"}},
		{"no evidence", swap("    note: \"{hidden_contacts} hidden contacts.\"\n", ""), []string{"T02", "nothing to show as evidence"}},
		{"upper case term", swap("[visa turis]", "[Visa turis]"), []string{"trial.yaml:19: T01: term \"Visa turis\" has upper case"}},
		{"bad pattern", swap("    terms: {id: [visa turis]}", "    patterns: [{literal: visa, regexp: '(visa'}]"), []string{"trial.yaml:19: T01: pattern"}},
		{"positive fails", swap("pakai visa turis}]", "pakai paspor}]"), []string{"trial.yaml:21: T01: is not seen in its positive example 1"}},
		{"negative fails", swap("pakai visa kerja}]", "dua visa turis}]"), []string{"trial.yaml:22: T01: is seen in its negative example 1", "unless"}},
		{"weight above strength", swap("    mode: live", "    mode: live\n    weight: 0.4"), []string{"T01: weight 0.40"}},
		{"lowers without counter", swap("    mode: live", "    mode: live\n    lowers: 1"), []string{"only a counter"}},
		{"cluster with words", swap("scope: ad", "scope: cluster"), []string{"no words of its own"}},
		{"shadowed", swap("    when: says_harvest && hidden_contacts > 0\n", "    terms: {id: [pakai visa turis]}\n"), []string{"T02", "holds term \"visa turis\" of T01", "one group"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e, err := Load([]File{{"trial.yaml", []byte(c.pack)}})
			require.Nil(t, e)
			var bad *LoadError
			require.ErrorAs(t, err, &bad)
			for _, w := range c.want {
				require.ErrorContains(t, err, w)
			}
		})
	}
	_, err := Load(nil)
	require.ErrorContains(t, err, "name at least one file")
}

func TestHolderKeepsTheOldEngine(t *testing.T) {
	t.Parallel()
	e, err := Load([]File{{"trial.yaml", []byte(goodPack)}})
	require.NoError(t, err)
	h := NewHolder(e)
	require.Error(t, h.Reload([]File{{"trial.yaml", []byte("id: [")}}))
	require.Same(t, e, h.Engine())
	require.NoError(t, h.Reload([]File{{"trial.yaml", []byte(strings.Replace(goodPack, "version: 3", "version: 4", 1))}}))
	require.Equal(t, 4, h.Engine().Packs()[0].Version)
}

// TestSchemaCopy: the embedded schema is the one in schemas/ (make generate).
func TestSchemaCopy(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile(filepath.Join("..", "..", "schemas", "rulepack.schema.json"))
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, packSchemaJSON), "run go generate in pkg/indicator")
}

func TestFeaturesAreNumbered(t *testing.T) {
	t.Parallel()
	require.Equal(t, "cities", adFeatures[featCities].Name)
	require.Equal(t, "hidden_contacts", adFeatures[featHiddenContacts].Name)
	require.Len(t, adFeatures, featCities+1)
	require.Equal(t, "seen", clusterFeatures[featSeen].Name)
	require.Len(t, clusterFeatures, featCrossContacts+1)
	require.Equal(t, adFeatures, Features(ScopeAd))
	require.Equal(t, clusterFeatures, Features(ScopeCluster))
}
