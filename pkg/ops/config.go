package ops

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"reflect"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Validator is a configuration that can check itself. Validate returns every
// problem at once (errors.Join), each naming the key and the fix.
type Validator interface {
	Validate() error
}

// setting is one scalar of a configuration, or one list.
type setting struct {
	path  string // dotted YAML path
	value reflect.Value
}

// EnvPrefix begins the name of every environment variable that sets a key:
// kafka.brokers is PALERMO_KAFKA_BROKERS.
const EnvPrefix = "PALERMO_"

// ErrHelp is returned by Load when help was asked for and has been printed.
var ErrHelp = flag.ErrHelp

// LoadOptions are the flags that every binary has beside its settings.
type LoadOptions struct {
	// File is the YAML file, from -config or PALERMO_CONFIG.
	File string
	// Check asks to check the configuration and exit; Print to print it.
	Check, Print bool
}

// Load fills cfg, a pointer to a struct with yaml tags that holds the
// defaults, from the YAML file, then the environment, then args; the later
// wins. Unknown keys, unknown flags and bad values are errors that name the
// key. Help goes to out. It does not call Validate.
func Load(name string, args []string, getenv func(string) string, cfg any, out io.Writer) (LoadOptions, error) {
	settings := settingsOf(cfg)
	var o LoadOptions
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(out)
	fs.StringVar(&o.File, "config", getenv(EnvPrefix+"CONFIG"), "YAML `file` with settings")
	fs.BoolVar(&o.Check, "check-config", false, "check the settings and exit")
	fs.BoolVar(&o.Print, "print-config", false, "print the settings in force and exit")
	fromFlags := map[string]string{}
	for _, s := range settings {
		set := func(v string) error { fromFlags[s.path] = v; return nil }
		usage := fmt.Sprintf("`value` of %s (or %s); default %s", s.path, EnvName(s.path), show(s.value))
		if s.value.Kind() == reflect.Bool {
			fs.BoolFunc(s.path, usage, set)
		} else {
			fs.Func(s.path, usage, set)
		}
	}
	fs.Usage = func() {
		fmt.Fprintf(out, "%s: a Palermo service\n\nSettings come from the defaults, a YAML file, the environment and flags; the later wins.\n\n", name)
		fs.PrintDefaults()
	}
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q: %s takes flags only", fs.Arg(0), name)
	}
	if o.File != "" {
		if err := loadYAML(o.File, cfg); err != nil {
			return o, err
		}
	}
	var errs []error
	for _, s := range settings {
		if v := getenv(EnvName(s.path)); v != "" {
			errs = append(errs, wrapSetting(EnvName(s.path), s.set(v)))
		}
		if v, ok := fromFlags[s.path]; ok {
			errs = append(errs, wrapSetting("-"+s.path, s.set(v)))
		}
	}
	return o, errors.Join(errs...)
}

// EnvName returns the environment variable that sets the key at a YAML path.
func EnvName(path string) string {
	return EnvPrefix + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(path))
}

func wrapSetting(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}

func loadYAML(path string, cfg any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(cfg); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read configuration %s: %w", path, err)
	}
	return nil
}

// settingsOf lists the scalars and string lists of a struct, by YAML path.
func settingsOf(cfg any) []setting {
	var out []setting
	var walk func(prefix string, v reflect.Value)
	walk = func(prefix string, v reflect.Value) {
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, opts, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if !f.IsExported() || name == "-" {
				continue
			}
			path := prefix + name
			switch fv := v.Field(i); {
			case strings.Contains(opts, "inline"):
				walk(prefix, fv)
			case name == "":
			case fv.Kind() == reflect.Struct:
				walk(path+".", fv)
			case isScalar(fv.Kind()) || fv.Type() == reflect.TypeFor[[]string]():
				out = append(out, setting{path: path, value: fv})
			}
		}
	}
	walk("", reflect.ValueOf(cfg).Elem())
	sort.Slice(out, func(i, j int) bool { return out[i].path < out[j].path })
	return out
}

func isScalar(k reflect.Kind) bool {
	switch k {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	default:
		return false
	}
}

func (s setting) set(v string) error {
	switch {
	case s.value.Kind() == reflect.String:
		s.value.SetString(v)
		return nil
	case s.value.Type() == reflect.TypeFor[[]string]():
		var list []string
		for p := range strings.SplitSeq(v, ",") {
			if p = strings.TrimSpace(p); p != "" {
				list = append(list, p)
			}
		}
		s.value.Set(reflect.ValueOf(list))
		return nil
	}
	if err := yaml.Unmarshal([]byte(v), s.value.Addr().Interface()); err != nil {
		return fmt.Errorf("%q is not a %s", v, s.value.Type())
	}
	return nil
}

func show(v reflect.Value) string {
	s := fmt.Sprint(v.Interface())
	if s == "" || s == "[]" {
		return "none"
	}
	return s
}

// PrintConfig writes cfg as YAML, secrets redacted.
func PrintConfig(w io.Writer, cfg any) error {
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(cfg); err != nil {
		return fmt.Errorf("print configuration: %w", err)
	}
	return e.Close()
}
