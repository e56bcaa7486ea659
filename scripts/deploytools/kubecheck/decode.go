package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
)

// decode returns every object of a stream of YAML documents, or what is wrong
// with each that has a field too many, a field of the wrong kind or no kind.
func decode(b []byte) ([]runtime.Object, error) {
	s := runtime.NewScheme()
	if err := errors.Join(scheme.AddToScheme(s), monitoring.AddToScheme(s)); err != nil {
		return nil, fmt.Errorf("register the types: %w", err)
	}
	d := serializer.NewCodecFactory(s, serializer.EnableStrict).UniversalDeserializer()
	docs := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(b)))
	var out []runtime.Object
	var errs []error
	for n := 1; ; n++ {
		doc, err := docs.Read()
		if errors.Is(err, io.EOF) {
			return out, errors.Join(errs...)
		}
		if err != nil {
			return nil, fmt.Errorf("read document %d: %w", n, err)
		}
		if isEmpty(doc) {
			continue
		}
		o, _, err := d.Decode(doc, nil, nil)
		if err != nil {
			errs = append(errs, fmt.Errorf("document %d: %w", n, err))
			continue
		}
		out = append(out, o)
	}
}

// isEmpty reports whether a document holds nothing but comments.
func isEmpty(doc []byte) bool {
	for line := range bytes.Lines(doc) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' && !bytes.Equal(line, []byte("---")) {
			return false
		}
	}
	return true
}

// writeConfigs puts each file of each ConfigMap into a folder.
func writeConfigs(objects []runtime.Object, folder string) error {
	for _, o := range objects {
		c, ok := o.(*corev1.ConfigMap)
		if !ok {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(c.Data)) {
			if err := os.WriteFile(filepath.Join(folder, filepath.Base(name)), []byte(c.Data[name]), 0o600); err != nil {
				return fmt.Errorf("write the settings: %w", err)
			}
		}
	}
	return nil
}
