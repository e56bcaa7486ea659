package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/elastic/internal/wire"
)

// The oldest server that knows every parameter that is sent.
const (
	minMajor = 8
	minMinor = 18
)

// Setup puts templates, mappings and the first index of each kind in place
// (with Config.Manage), and checks that each write alias has its index.
// Templates are replaced, mappings only added to, and no document is touched.
func (s *Store) Setup(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.RUnlock()
	if s.cfg.Manage {
		if err := s.checkServer(ctx); err != nil {
			return err
		}
		if err := s.putTemplates(ctx); err != nil {
			return err
		}
	}
	for _, k := range index.Kinds() {
		if s.cfg.Manage {
			if err := s.putIndex(ctx, k); err != nil {
				return err
			}
		}
		if err := s.checkAlias(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) checkServer(ctx context.Context) error {
	a, err := s.call(ctx, opSetup, "set up", esapi.InfoRequest{})
	if err != nil {
		return err
	}
	var info struct {
		Version struct {
			Number string `json:"number"`
		} `json:"version"`
	}
	if err := json.Unmarshal(a.body, &info); err != nil {
		return index.Temporary("set up", errors.New("the server's version is not readable"))
	}
	parts := strings.SplitN(info.Version.Number, ".", 3)
	if len(parts) < 2 {
		return index.Temporary("set up", errors.New("the server's version is not readable"))
	}
	major, err1 := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	if err := errors.Join(err1, err2); err != nil {
		return index.Temporary("set up", errors.New("the server's version is not readable"))
	}
	if major < minMajor || (major == minMajor && minor < minMinor) {
		return index.Fatal("set up", fmt.Errorf("the server is Elasticsearch %d.%d; this program needs %d.%d or newer",
			major, minor, minMajor, minMinor))
	}
	return nil
}

func (s *Store) putTemplates(ctx context.Context) error {
	settings, err := settingsTemplate(s.cfg)
	if err != nil {
		return index.Fatal("set up", err)
	}
	if err := s.putComponent(ctx, "settings", settings); err != nil {
		return err
	}
	for _, k := range index.Kinds() {
		component, _, err := mappingOf(k, s.cfg)
		if err != nil {
			return index.Fatal("set up", err)
		}
		if err := s.putComponent(ctx, string(k), component); err != nil {
			return err
		}
		t, err := template(string(k)+".template.json", s.cfg)
		if err != nil {
			return index.Fatal("set up", err)
		}
		b, err := json.Marshal(t)
		if err != nil {
			return fmt.Errorf("encode template: %w", err)
		}
		if _, err := s.call(ctx, opSetup, "set up", esapi.IndicesPutIndexTemplateRequest{
			Name: s.cfg.alias(k), Body: bytes.NewReader(b),
		}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) putComponent(ctx context.Context, name string, body map[string]any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode template: %w", err)
	}
	_, err = s.call(ctx, opSetup, "set up", esapi.ClusterPutComponentTemplateRequest{
		Name: s.cfg.Prefix + "-" + name, Body: bytes.NewReader(b),
	})
	return err
}

// putIndex makes the first index with its alias, or adds new fields to what is
// behind the alias already.
func (s *Store) putIndex(ctx context.Context, kind index.Kind) error {
	a, err := s.call(ctx, opSetup, "set up", esapi.IndicesExistsAliasRequest{Name: []string{s.cfg.alias(kind)}})
	if err != nil && a.status != http.StatusNotFound {
		return err
	}
	if a.status == http.StatusNotFound {
		b, err := json.Marshal(map[string]any{
			"aliases": map[string]any{s.cfg.alias(kind): map[string]any{"is_write_index": true}},
		})
		if err != nil {
			return fmt.Errorf("encode index: %w", err)
		}
		a, err := s.call(ctx, opSetup, "set up", esapi.IndicesCreateRequest{
			Index: s.cfg.firstIndex(kind), Body: bytes.NewReader(b),
		})
		// Another process may have been faster; checkAlias tells.
		if err != nil && wire.ErrorType(a.body) != "resource_already_exists_exception" {
			return err
		}
		return nil
	}
	_, mapping, err := mappingOf(kind, s.cfg)
	if err != nil {
		return index.Fatal("set up", err)
	}
	b, err := json.Marshal(mapping)
	if err != nil {
		return fmt.Errorf("encode mapping: %w", err)
	}
	_, err = s.call(ctx, opSetup, "set up", esapi.IndicesPutMappingRequest{
		Index: []string{s.cfg.alias(kind)}, Body: bytes.NewReader(b),
	})
	return err
}

// checkAlias makes sure that the alias has exactly one index to write to:
// without one the server would refuse every document, one by one.
func (s *Store) checkAlias(ctx context.Context, kind index.Kind) error {
	alias := s.cfg.alias(kind)
	a, err := s.call(ctx, opSetup, "set up", esapi.IndicesGetAliasRequest{Name: []string{alias}})
	if err != nil {
		return err
	}
	var indices map[string]struct {
		Aliases map[string]struct {
			Write *bool `json:"is_write_index"`
		} `json:"aliases"`
	}
	if err := json.Unmarshal(a.body, &indices); err != nil {
		return index.Temporary("set up", errors.New("the aliases are not readable"))
	}
	writable := 0
	for _, i := range indices {
		w := i.Aliases[alias].Write
		if (w != nil && *w) || (w == nil && len(indices) == 1) {
			writable++
		}
	}
	if writable != 1 {
		return index.Fatal("set up", fmt.Errorf("alias %s has %d indices to write to: it needs exactly one, with is_write_index",
			alias, writable))
	}
	return nil
}
