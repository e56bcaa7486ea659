package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.yaml.in/yaml/v3"

	"palermo.internal/pkg/ops"
	"palermo.internal/services/clusterer"
	"palermo.internal/services/gateway"
	"palermo.internal/services/indexer"
	"palermo.internal/services/normalizer"
	"palermo.internal/services/scorer"
)

// What lies under deploy/ names metrics, settings, flags and pages. These tests
// hold it to what the code has; scripts/deploy-check.sh checks its form.

// projectFile reads a file by its path from the root of the project.
func projectFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(path)))
	require.NoError(t, err)
	return b
}

func projectYAML(t *testing.T, path string, v any) {
	t.Helper()
	require.NoError(t, yaml.Unmarshal(projectFile(t, path), v), path)
}

// deployed is a service as its own binary knows it.
type deployed struct {
	// load reads settings as the binary does, and checks them.
	load func(args []string, getenv func(string) string) error
	// registry returns everything that the service registers.
	registry func(t *testing.T) *prometheus.Registry
}

func deployable[C ops.ServiceConfig](name string, defaults func() C, newService func(C, ops.Deps) (ops.Service, error), least func(*C)) deployed {
	return deployed{
		load: func(args []string, getenv func(string) string) error {
			c := defaults()
			_, err := ops.Load(name, args, getenv, &c, io.Discard)
			return errors.Join(err, c.Validate())
		},
		registry: func(t *testing.T) *prometheus.Registry {
			t.Helper()
			c := defaults()
			if least != nil {
				least(&c)
			}
			reg := ops.NewRegistry()
			_, err := newService(c, ops.Deps{Logger: zap.NewNop(), Registry: reg})
			require.NoError(t, err)
			return reg
		},
	}
}

func deployedServices() map[string]deployed {
	return map[string]deployed{
		"gateway": deployable("gateway", gateway.DefaultSettings, gateway.NewService,
			func(s *gateway.Settings) { s.Gateway.AllowAnonymous = true }),
		"normalizer": deployable("normalizer", normalizer.DefaultSettings, normalizer.NewService,
			func(s *normalizer.Settings) { s.TokenKeys = ops.Secret("k1:" + strings.Repeat("ab", 32)) }),
		"clusterer": deployable("clusterer", clusterer.DefaultSettings, clusterer.NewService, nil),
		"scorer":    deployable("scorer", scorer.DefaultSettings, scorer.NewService, nil),
		"indexer":   deployable("indexer", indexer.DefaultSettings, indexer.NewService, nil),
	}
}

// metric is what a service exports under one name.
type metric struct {
	kind   string // as Prometheus names it, in capitals
	labels map[string]bool
	// values are those that a label has from the start, by label: of metrics
	// whose series are not made before there is something to count, none.
	values map[string]map[string]bool
}

// catalogue is every metric of every service, by name.
type catalogue map[string]*metric

// description is how a prometheus.Desc prints: it has no other way to tell its
// name and its labels.
var description = regexp.MustCompile(`(?s)^Desc\{fqName: "([^"]+)", help: .*, constLabels: \{(.*)\}, variableLabels: \{(.*)\}\}$`)

func newCatalogue(t *testing.T) catalogue {
	t.Helper()
	c := catalogue{"up": {labels: map[string]bool{}}}
	for _, s := range deployedServices() {
		reg := s.registry(t)
		descs := make(chan *prometheus.Desc)
		go func() {
			defer close(descs)
			reg.Describe(descs)
		}()
		for d := range descs {
			parts := description.FindStringSubmatch(d.String())
			require.NotNil(t, parts, "%s is not in the form that this test reads", d)
			m := c[parts[1]]
			if m == nil {
				m = &metric{labels: map[string]bool{}, values: map[string]map[string]bool{}}
				c[parts[1]] = m
			}
			for l := range strings.SplitSeq(parts[2]+","+parts[3], ",") {
				if name, _, _ := strings.Cut(strings.TrimSpace(l), "="); name != "" {
					m.labels[name] = true
				}
			}
		}
		families, err := reg.Gather()
		require.NoError(t, err)
		for _, f := range families {
			require.Contains(t, c, f.GetName())
			m := c[f.GetName()]
			m.kind = f.GetType().String()
			for _, series := range f.GetMetric() {
				for _, l := range series.GetLabel() {
					if m.values[l.GetName()] == nil {
						m.values[l.GetName()] = map[string]bool{}
					}
					m.values[l.GetName()][l.GetValue()] = true
				}
			}
		}
	}
	require.Contains(t, c, "palermo_stream_lag_records")
	return c
}

// find returns the metric that a series belongs to, with the labels that it may
// have; Prometheus adds job and instance.
func (c catalogue) find(series string) (*metric, map[string]bool, error) {
	m, ok := c[series]
	labels := map[string]bool{"job": true, "instance": true}
	for suffix, kinds := range map[string][]string{
		"_bucket": {"HISTOGRAM"},
		"_sum":    {"HISTOGRAM", "SUMMARY"},
		"_count":  {"HISTOGRAM", "SUMMARY"},
	} {
		base, cut := strings.CutSuffix(series, suffix)
		if b := c[base]; !ok && cut && b != nil && slices.Contains(kinds, b.kind) {
			m, ok = b, true
			labels["le"] = suffix == "_bucket"
		}
	}
	if !ok {
		return nil, nil, fmt.Errorf("no service exports %s", series)
	}
	labels["quantile"] = m.kind == "SUMMARY"
	maps.Copy(labels, m.labels)
	return m, labels, nil
}

// check returns what an expression says that no metric has, and every label
// that its metrics have.
func (c catalogue) check(expr string) (labels map[string]bool, err error) {
	q, err := parsePromQL(expr)
	if err != nil {
		return nil, err
	}
	if len(q.selectors) == 0 {
		return nil, errors.New("names no metric")
	}
	var errs []error
	labels = map[string]bool{}
	for _, s := range q.selectors {
		m, has, err := c.find(s.name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for l, ok := range has {
			labels[l] = labels[l] || ok
		}
		for _, w := range s.matchers {
			if !has[w.label] {
				errs = append(errs, fmt.Errorf("%s has no label %s", s.name, w.label))
			}
			for _, v := range w.values() {
				if known := m.values[w.label]; len(known) > 0 && !known[v] {
					errs = append(errs, fmt.Errorf("label %s of %s is never %q", w.label, s.name, v))
				}
			}
		}
	}
	for _, g := range q.groupings {
		for _, s := range g.selectors {
			_, has, err := c.find(s.name)
			for _, l := range g.labels {
				if err == nil && !has[l] {
					errs = append(errs, fmt.Errorf("%s has no label %s to group by", s.name, l))
				}
			}
		}
	}
	return labels, errors.Join(errs...)
}

// promQL is as much of a PromQL expression as the tests ask for.
type promQL struct {
	selectors []promSelector
	// groupings are label lists, each with what it groups.
	groupings []promGrouping
}

type promSelector struct {
	name     string
	matchers []promMatcher
}

type promMatcher struct{ label, op, value string }

// values returns the values that a matcher asks for by name: none for a pattern.
func (m promMatcher) values() []string {
	switch {
	case m.label == "le" || m.label == "quantile" || m.label == "job" || m.label == "instance":
		return nil
	case m.op == "=" || m.op == "!=":
		return []string{m.value}
	case regexp.MustCompile(`^[\w|-]+$`).MatchString(m.value):
		return strings.Split(m.value, "|")
	}
	return nil
}

type promGrouping struct {
	labels    []string
	selectors []promSelector
}

// promToken is a string, a name (with Grafana's variables), a number or
// duration, an operator, or a bracket.
var promToken = regexp.MustCompile(`^(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[a-zA-Z_:$][\w:]*|[0-9][\w.]*|=~|!~|!=|==|<=|>=|[-+*/%^<>=(){}\[\],.@])`)

func tokens(expr string) ([]string, error) {
	var out []string
	for rest := strings.TrimSpace(expr); rest != ""; rest = strings.TrimSpace(rest) {
		tok := promToken.FindString(rest)
		if tok == "" {
			return nil, fmt.Errorf("cannot read %q", rest)
		}
		out, rest = append(out, tok), rest[len(tok):]
	}
	return out, nil
}

func parsePromQL(expr string) (promQL, error) {
	toks, err := tokens(expr)
	if err != nil {
		return promQL{}, err
	}
	var q promQL
	q.selectors, err = q.scan(toks)
	return q, err
}

// closing returns the index of the bracket that closes the one at i.
func closing(toks []string, i int) (int, error) {
	depth := 0
	for j := i; j < len(toks); j++ {
		switch toks[j] {
		case "(", "{", "[":
			depth++
		case ")", "}", "]":
			if depth--; depth == 0 {
				return j, nil
			}
		}
	}
	return 0, fmt.Errorf("%s is not closed", toks[i])
}

var promName = regexp.MustCompile(`^[a-zA-Z_:]`)

// scan returns the selectors among the tokens and notes the label lists.
func (q *promQL) scan(toks []string) ([]promSelector, error) {
	var all, last []promSelector // last: what the latest bracket held
	var joined []string          // the labels of on and ignoring
	at := func(i int) string {
		if i < len(toks) {
			return toks[i]
		}
		return ""
	}
	var before []string // the labels of `sum by (…)`, for the bracket to come
	for i := 0; i < len(toks); i++ {
		switch tok := toks[i]; {
		case tok == "(":
			end, err := closing(toks, i)
			if err != nil {
				return nil, err
			}
			if last, err = q.scan(toks[i+1 : end]); err != nil {
				return nil, err
			}
			if before != nil {
				q.groupings, before = append(q.groupings, promGrouping{before, last}), nil
			}
			all, i = append(all, last...), end
		case tok == "[":
			end, err := closing(toks, i)
			if err != nil {
				return nil, err
			}
			i = end
		case slices.Contains([]string{"by", "without", "on", "ignoring", "group_left", "group_right"}, tok) && at(i+1) == "(":
			end, err := closing(toks, i+1)
			if err != nil {
				return nil, err
			}
			list := slices.DeleteFunc(slices.Clone(toks[i+2:end]), func(s string) bool { return s == "," })
			switch {
			case tok != "by" && tok != "without":
				joined = append(joined, list...)
			case at(end+1) == "(":
				before = append([]string{}, list...)
			default:
				q.groupings = append(q.groupings, promGrouping{list, last})
			}
			i = end
		case slices.Contains([]string{"and", "or", "unless", "offset", "bool", "group_left", "group_right"}, tok):
		case !promName.MatchString(tok) || at(i+1) == "(" || at(i+1) == "by" || at(i+1) == "without":
			// An operator, a number, a variable or a function.
		default:
			s := promSelector{name: tok}
			if at(i+1) == "{" {
				end, err := closing(toks, i+1)
				if err != nil {
					return nil, err
				}
				if s.matchers, err = matchersOf(toks[i+2 : end]); err != nil {
					return nil, err
				}
				i = end
			}
			all = append(all, s)
		}
	}
	if len(joined) > 0 {
		q.groupings = append(q.groupings, promGrouping{joined, all})
	}
	return all, nil
}

func matchersOf(toks []string) ([]promMatcher, error) {
	var out []promMatcher
	for len(toks) > 0 {
		if len(toks) < 3 || len(toks[2]) < 2 {
			return nil, fmt.Errorf("%v is no matcher", toks)
		}
		out = append(out, promMatcher{toks[0], toks[1], toks[2][1 : len(toks[2])-1]})
		toks = toks[3:]
		if len(toks) > 0 && toks[0] == "," {
			toks = toks[1:]
		}
	}
	return out, nil
}

func TestDeployQueriesAreUnderstood(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	for expr, want := range map[string]string{
		`sum by (stage, le) (rate(palermo_stream_batch_seconds_bucket{phase="write"}[$__rate_interval]))`:        "",
		`max(palermo_stream_lag_seconds) by (topic) / on (job) group_left max by (job) (palermo_gateway_keys)`:   "",
		`go_gc_duration_seconds{quantile="1"} + process_start_time_seconds offset 1h`:                            "",
		`rate(palermo_stream_record_total[5m])`:                                                                  "no service exports palermo_stream_record_total",
		`palermo_stream_lag_seconds_bucket`:                                                                      "no service exports",
		`palermo_stream_lag_seconds{partition="0"}`:                                                              "has no label partition",
		`sum by (partition) (rate(palermo_stream_records_total[5m]))`:                                            "has no label partition to group by",
		`sum(rate(palermo_stream_records_total[5m])) by (code)`:                                                  "has no label code to group by",
		`palermo_stream_records_total{result="refused"}`:                                                         `is never "refused"`,
		`palermo_stream_records_total{result=~"rejected|refused"}`:                                               `is never "refused"`,
		`palermo_gateway_requests_total{status=~"5.."}`:                                                          "",
		`sum(palermo_gateway_keys`:                                                                               "is not closed",
		`vector(1)`:                                                                                              "names no metric",
		`palermo_stream_lag_records{stage="scorer"} and on (stage, partition) palermo_stream_committed_offset`:   "",
		`palermo_stream_lag_records{stage="scorer"} and on (stage, partition) palermo_stream_lag_seconds > 1e3`:  "palermo_stream_lag_seconds has no label partition",
		`histogram_quantile(0.9, sum by (quantile) (rate(palermo_index_request_seconds_bucket{op='bulk'}[5m])))`: "has no label quantile",
	} {
		_, err := c.check(expr)
		if want == "" {
			require.NoError(t, err, expr)
			continue
		}
		require.ErrorContains(t, err, want, expr)
	}
}

// alertRule is a rule of deploy/prometheus/alerts.yaml.
type alertRule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

const (
	alertsFile  = "deploy/prometheus/alerts.yaml"
	operateFile = "docs/operate.md"
)

func alertRules(t *testing.T) []alertRule {
	t.Helper()
	var file struct {
		Groups []struct {
			Rules []alertRule `yaml:"rules"`
		} `yaml:"groups"`
	}
	projectYAML(t, alertsFile, &file)
	var out []alertRule
	for _, g := range file.Groups {
		out = append(out, g.Rules...)
	}
	require.NotEmpty(t, out)
	return out
}

var labelInText = regexp.MustCompile(`\$labels\.(\w+)`)

func TestDeployAlertsNameWhatIsExported(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	for _, r := range alertRules(t) {
		labels, err := c.check(r.Expr)
		require.NoError(t, err, r.Alert)
		for _, key := range []string{"summary", "description"} {
			require.NotEmpty(t, r.Annotations[key], "%s: %s", r.Alert, key)
			for _, m := range labelInText.FindAllStringSubmatch(r.Annotations[key], -1) {
				require.True(t, labels[m[1]], "%s: %s: no label %s", r.Alert, key, m[1])
			}
		}
		require.Contains(t, []string{"critical", "warning", "info"}, r.Labels["severity"], r.Alert)
	}
}

// anchors lists the anchors of a page in Markdown, as code hosts make them.
func anchors(page []byte) map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(string(page)) {
		title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !ok || !strings.HasPrefix(line, "#") {
			continue
		}
		var slug strings.Builder
		for _, r := range strings.ToLower(strings.TrimSpace(title)) {
			switch {
			case r == ' ':
				slug.WriteByte('-')
			case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127:
				slug.WriteRune(r)
			}
		}
		out[slug.String()] = true
	}
	return out
}

func TestDeployRunbooksExist(t *testing.T) {
	t.Parallel()
	there := anchors(projectFile(t, operateFile))
	named := map[string]bool{}
	for _, r := range alertRules(t) {
		anchor := "alert-" + strings.ToLower(r.Alert)
		require.Equal(t, operateFile+"#"+anchor, r.Annotations["runbook"], r.Alert)
		require.True(t, there[anchor], "%s has no heading for the anchor %s", operateFile, anchor)
		named[anchor] = true
	}
	for anchor := range there {
		if strings.HasPrefix(anchor, "alert-") {
			require.True(t, named[anchor], "%s: %s is about no alert", operateFile, anchor)
		}
	}
}

func TestDeployEveryAlertIsTested(t *testing.T) {
	t.Parallel()
	var file struct {
		Tests []struct {
			Alerts []struct {
				Name     string `yaml:"alertname"`
				Expected []any  `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		} `yaml:"tests"`
	}
	projectYAML(t, "deploy/prometheus/alerts_test.yaml", &file)
	fires, quiet := map[string]bool{}, map[string]bool{}
	for _, test := range file.Tests {
		for _, a := range test.Alerts {
			if len(a.Expected) > 0 {
				fires[a.Name] = true
			} else {
				quiet[a.Name] = true
			}
		}
	}
	for _, r := range alertRules(t) {
		require.True(t, fires[r.Alert], "%s fires in no test", r.Alert)
		require.True(t, quiet[r.Alert], "%s is quiet in no test", r.Alert)
	}
}

func TestDeployChartHasTheAlerts(t *testing.T) {
	t.Parallel()
	const chart = "deploy/kubernetes/palermo/files/alerts.yaml"
	require.True(t, bytes.Equal(projectFile(t, alertsFile), projectFile(t, chart)), "cp %s %s", alertsFile, chart)
}

// panel is a panel of a Grafana dashboard.
type panel struct {
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Datasource  struct {
		UID string `json:"uid"`
	} `json:"datasource"`
	FieldConfig struct {
		Defaults struct {
			Unit string `json:"unit"`
		} `json:"defaults"`
	} `json:"fieldConfig"`
	Targets []struct {
		Expr   string `json:"expr"`
		Legend string `json:"legendFormat"`
	} `json:"targets"`
	Panels []panel `json:"panels"`
}

var (
	labelInLegend = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)
	labelValues   = regexp.MustCompile(`^label_values\((\w+), (\w+)\)$`)
)

func TestDeployDashboardNamesWhatIsExported(t *testing.T) {
	t.Parallel()
	c := newCatalogue(t)
	var board struct {
		Panels     []panel `json:"panels"`
		Templating struct {
			List []struct {
				Name       string `json:"name"`
				Type       string `json:"type"`
				Definition string `json:"definition"`
			} `json:"list"`
		} `json:"templating"`
	}
	require.NoError(t, json.Unmarshal(projectFile(t, "deploy/grafana/palermo.json"), &board))
	panels := 0
	var walk func([]panel)
	walk = func(list []panel) {
		for _, p := range list {
			walk(p.Panels)
			if p.Type == "row" {
				continue
			}
			panels++
			require.NotEmpty(t, p.Description, p.Title)
			require.NotEmpty(t, p.FieldConfig.Defaults.Unit, p.Title)
			require.Equal(t, "${datasource}", p.Datasource.UID, p.Title)
			require.NotEmpty(t, p.Targets, p.Title)
			for _, target := range p.Targets {
				labels, err := c.check(target.Expr)
				require.NoError(t, err, "%s: %s", p.Title, target.Expr)
				for _, m := range labelInLegend.FindAllStringSubmatch(target.Legend, -1) {
					require.True(t, labels[m[1]], "%s: the legend has no label %s", p.Title, m[1])
				}
			}
		}
	}
	walk(board.Panels)
	require.Positive(t, panels)
	for _, v := range board.Templating.List {
		if v.Type != "query" {
			continue
		}
		m := labelValues.FindStringSubmatch(v.Definition)
		require.NotNil(t, m, v.Name)
		_, has, err := c.find(m[1])
		require.NoError(t, err)
		require.True(t, has[m[2]], v.Definition)
	}
}

// composeService is as much of a service of compose.yaml as the tests look at.
type composeService struct {
	Image       string            `yaml:"image"`
	User        string            `yaml:"user"`
	Privileged  bool              `yaml:"privileged"`
	ReadOnly    bool              `yaml:"read_only"`
	Restart     string            `yaml:"restart"`
	CapAdd      []string          `yaml:"cap_add"`
	CapDrop     []string          `yaml:"cap_drop"`
	SecurityOpt []string          `yaml:"security_opt"`
	Command     []string          `yaml:"command"`
	Environment map[string]string `yaml:"environment"`
	Ports       []string          `yaml:"ports"`
	NetworkMode string            `yaml:"network_mode"`
	Healthcheck struct {
		Test []string `yaml:"test"`
	} `yaml:"healthcheck"`
	Configs []struct {
		Source string `yaml:"source"`
		Target string `yaml:"target"`
	} `yaml:"configs"`
	Deploy struct {
		Resources struct {
			Limits struct {
				CPUs   string `yaml:"cpus"`
				Memory string `yaml:"memory"`
				Pids   int    `yaml:"pids"`
			} `yaml:"limits"`
		} `yaml:"resources"`
	} `yaml:"deploy"`
}

type composeFile struct {
	Services map[string]composeService `yaml:"services"`
	Configs  map[string]struct {
		File string `yaml:"file"`
	} `yaml:"configs"`
	Secrets map[string]struct {
		File string `yaml:"file"`
	} `yaml:"secrets"`
}

// compose returns compose.yaml with the variables of .env.example in it.
func compose(t *testing.T) composeFile {
	t.Helper()
	vars := map[string]string{"KAFKA_CLUSTER_ID": "made by init.sh"}
	for line := range strings.Lines(string(projectFile(t, "deploy/compose/.env.example"))) {
		if k, v, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(line, "#") {
			vars[k] = cmp.Or(v, vars[k])
		}
	}
	text := os.Expand(string(projectFile(t, "deploy/compose/compose.yaml")), func(s string) string {
		if s == "$" {
			return "$"
		}
		name, fallback, _ := strings.Cut(s, ":")
		v := vars[name]
		if def, ok := strings.CutPrefix(fallback, "-"); ok {
			v = cmp.Or(v, def)
		}
		require.NotEmpty(t, v, "compose.yaml wants %s, which .env.example does not set", name)
		return v
	})
	var f composeFile
	require.NoError(t, yaml.Unmarshal([]byte(text), &f))
	require.NotEmpty(t, f.Services)
	return f
}

// pinned matches an image with a tag or a digest.
var pinned = regexp.MustCompile(`^[^\s:@]+(?::[\w][\w.-]*|@sha256:[0-9a-f]{64})$`)

func TestDeployComposeIsClosed(t *testing.T) {
	t.Parallel()
	for name, s := range compose(t).Services {
		require.Regexp(t, pinned, s.Image, name)
		require.False(t, strings.HasSuffix(s.Image, ":latest"), name)
		require.Regexp(t, `^[1-9]\d*:\d+$`, s.User, "%s: a user by number, not root", name)
		require.False(t, s.Privileged, name)
		require.Empty(t, s.CapAdd, name)
		require.Equal(t, []string{"ALL"}, s.CapDrop, name)
		require.Contains(t, s.SecurityOpt, "no-new-privileges:true", name)
		require.Empty(t, s.NetworkMode, name)
		for _, p := range s.Ports {
			require.True(t, strings.HasPrefix(p, "127.0.0.1:"), "%s: %s is published beyond loopback", name, p)
		}
		l := s.Deploy.Resources.Limits
		require.NotEmpty(t, l.CPUs, name)
		require.NotEmpty(t, l.Memory, name)
		require.Positive(t, l.Pids, name)
		require.NotEmpty(t, s.Restart, name)
		if s.Restart == "unless-stopped" {
			require.NotEmpty(t, s.Healthcheck.Test, "%s has no health check", name)
		}
		if strings.HasPrefix(s.Image, "palermo:") {
			require.True(t, s.ReadOnly, "%s may write to its root", name)
		}
		for k, v := range s.Environment {
			if strings.HasPrefix(k, ops.EnvPrefix) && regexp.MustCompile(`PASSWORD|_KEYS?$|TOKEN|SECRET`).MatchString(k) {
				require.True(t, strings.HasPrefix(v, "file:"), "%s: %s is not read from a file", name, k)
			}
		}
	}
}

func TestDeployComposeSettingsAreAccepted(t *testing.T) {
	t.Parallel()
	f := compose(t)
	var prom struct {
		Jobs []struct {
			Name   string `yaml:"job_name"`
			Static []struct {
				Targets []string `yaml:"targets"`
			} `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	projectYAML(t, "deploy/prometheus/prometheus.yaml", &prom)
	scraped := map[string]string{}
	for _, j := range prom.Jobs {
		scraped[j.Name] = j.Static[0].Targets[0]
	}
	for name, service := range deployedServices() {
		s, ok := f.Services[name]
		require.True(t, ok, "compose.yaml has no %s", name)
		require.Len(t, s.Configs, 1, name)
		source := "deploy/compose/" + f.Configs[s.Configs[0].Source].File
		require.Equal(t, []string{name, "-config", s.Configs[0].Target}, s.Command)
		require.Equal(t, []string{"CMD", name, "health", "-config", s.Configs[0].Target}, s.Healthcheck.Test)

		var c struct {
			Admin ops.AdminConfig `yaml:"admin"`
		}
		projectYAML(t, source, &c)
		_, port, _ := strings.Cut(c.Admin.Listen, ":")
		require.Equal(t, name+":"+port, scraped["palermo-"+name], "where Prometheus looks for %s", name)

		known := map[string]bool{}
		getenv := func(k string) string {
			known[k] = true
			return s.Environment[k]
		}
		require.NoError(t, service.load([]string{"-config", filepath.Join("..", "..", source)}, getenv), name)
		for k := range s.Environment {
			if strings.HasPrefix(k, ops.EnvPrefix) {
				require.True(t, known[k], "%s: no setting is called %s", name, k)
			}
		}
	}
	for name, c := range f.Configs {
		require.NotEmpty(t, projectFile(t, "deploy/compose/"+c.File), name)
	}
	init := string(projectFile(t, "deploy/compose/init.sh"))
	for name, s := range f.Secrets {
		require.Contains(t, init, strings.TrimPrefix(s.File, "secrets/"), "init.sh does not make %s", name)
	}
}

// TestDeployCommandsAreAccepted holds the one-shot commands of compose and of
// the chart to the flags and variables that the command line has.
func TestDeployCommandsAreAccepted(t *testing.T) {
	t.Parallel()
	code, help, errs := call(t, "", "setup", "--help")
	require.Equal(t, ops.ExitOK, code, errs)
	flagNamed := func(arg string) bool {
		name, _, _ := strings.Cut(arg, "=")
		return regexp.MustCompile(`(?m)^  ` + regexp.QuoteMeta(name) + `\b`).MatchString(help)
	}
	setups := 0
	for name, s := range compose(t).Services {
		if len(s.Command) < 2 || s.Command[0] != "palermo" {
			continue
		}
		setups++
		require.Equal(t, "setup", s.Command[1], name)
		require.Contains(t, setupTargets, s.Command[2], name)
		for _, arg := range s.Command[3:] {
			if strings.HasPrefix(arg, "-") {
				require.True(t, flagNamed(arg), "%s: setup has no flag %s", name, arg)
			}
		}
		for k := range s.Environment {
			require.Contains(t, help, k, name)
		}
	}
	require.Positive(t, setups)

	chart := string(projectFile(t, "deploy/kubernetes/palermo/templates/setup.yaml"))
	flags := regexp.MustCompile(`(?m)^ +- (-[a-z-]+)`).FindAllStringSubmatch(chart, -1)
	require.NotEmpty(t, flags)
	for _, m := range flags {
		require.True(t, flagNamed(m[1]), "the chart: setup has no flag %s", m[1])
	}
	for _, m := range regexp.MustCompile(`PALERMO_\w+`).FindAllString(chart, -1) {
		require.Contains(t, help, m)
	}
}

func TestDeployChartValuesAreAccepted(t *testing.T) {
	t.Parallel()
	var values map[string]any
	projectYAML(t, "deploy/kubernetes/palermo/values.yaml", &values)
	image, ok := values["image"].(map[string]any)
	require.True(t, ok)
	require.NotEqual(t, "latest", image["tag"])
	for name, service := range deployedServices() {
		own, ok := values[name].(map[string]any)
		require.True(t, ok, "values.yaml has no %s", name)
		for _, config := range []any{values["config"], own["config"]} {
			b, err := yaml.Marshal(config)
			require.NoError(t, err)
			path := filepath.Join(t.TempDir(), "config.yaml")
			require.NoError(t, os.WriteFile(path, b, 0o600))
			// What the chart adds is not there, so only the loading is looked at:
			// a key that is not known is an error of it.
			err = service.load([]string{"-config", path}, func(string) string { return "" })
			if err != nil {
				require.NotContains(t, err.Error(), "read configuration", name)
			}
		}
	}
}

func TestDeployImageIsClosed(t *testing.T) {
	t.Parallel()
	file := string(projectFile(t, "deploy/images/Dockerfile"))
	final := file[strings.LastIndex(file, "\nFROM ")+1:]
	require.True(t, strings.HasPrefix(final, "FROM scratch\n"), "the image has nothing but what it needs")
	require.Regexp(t, `(?m)^USER [1-9]\d*:[1-9]\d*$`, final)
	require.Regexp(t, `(?m)^ARG GO_IMAGE=golang:\d+\.\d+\.\d+-\w+$`, file, "the compiler is of a fixed version")
	require.NotRegexp(t, `(?m)^[^#]*:latest`, file)
	for _, flags := range []string{"-trimpath", "-s -w -X palermo.internal/pkg/ops.version="} {
		require.Contains(t, file, flags)
		require.Contains(t, string(projectFile(t, "scripts/build.sh")), flags, "the image is built as scripts/build.sh builds")
	}
	ignore := string(projectFile(t, "deploy/images/Dockerfile.dockerignore"))
	require.Regexp(t, `(?m)^\*$`, ignore, "nothing is in the build but what is named")

	// The compiler of the image must do for every module.
	_, version, _ := strings.Cut(file, "ARG GO_IMAGE=golang:")
	version, _, _ = strings.Cut(version, "-")
	for _, path := range []string{"go.work", "pkg/go.mod", "services/go.mod"} {
		m := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(projectFile(t, path))
		require.NotNil(t, m, path)
		require.True(t, strings.HasPrefix(version, string(m[1])+"."), "%s wants go %s, the image has %s", path, m[1], version)
	}
}
