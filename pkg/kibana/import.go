package kibana

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"slices"
	"strings"
)

// Result says what an import did, in the order of the file.
type Result struct {
	// Created were not there before, Replaced were there and Palermo's own.
	Created  []ObjectID
	Replaced []ObjectID
	// Failed were refused by Kibana.
	Failed []Failure
}

// Failure is an object that Kibana refused.
type Failure struct {
	Object ObjectID
	// Reason is Kibana's own name of the error, with its message if it has one.
	Reason string
}

// Import puts saved objects into the space that cfg names. It may be repeated:
// objects are replaced by what is in ndjson. Before anything is written it asks
// for every object, and if one is there without Marker it returns an error that
// wraps ErrForeign and names each. Between the asking and the writing somebody
// may still save an object with the same id; ids begin with the prefix, so that
// would have to be meant.
//
// If Kibana refuses some of the objects, the result names them and the error
// wraps ErrPartial. No error holds a secret.
func Import(ctx context.Context, cfg Config, ndjson []byte) (Result, error) {
	c, err := newClient(cfg)
	if err != nil {
		return Result{}, fmt.Errorf("kibana: %w", err)
	}
	defer c.close()
	r, err := c.run(ctx, ndjson)
	if err != nil {
		return r, fmt.Errorf("kibana: %w", err)
	}
	return r, nil
}

func (c *client) run(ctx context.Context, ndjson []byte) (Result, error) {
	objects, err := decode(ndjson)
	if err != nil {
		return Result{}, fmt.Errorf("saved objects: %w", err)
	}
	for i := range objects {
		a, err := objects[i].read()
		if err != nil {
			return Result{}, fmt.Errorf("saved objects: %w", err)
		}
		if !a.marked() {
			return Result{}, fmt.Errorf("saved objects: %s has no marker; build the file with this program", objects[i].key())
		}
	}
	there, err := c.existing(ctx, objects)
	if err != nil {
		return Result{}, err
	}
	return c.write(ctx, ndjson, objects, there)
}

// existing returns which objects are there. All of them are Palermo's, or the
// error wraps ErrForeign.
func (c *client) existing(ctx context.Context, objects []object) (map[ObjectID]bool, error) {
	ids := make([]ObjectID, 0, len(objects))
	for i := range objects {
		ids = append(ids, objects[i].key())
	}
	b, err := json.Marshal(ids)
	if err != nil {
		return nil, fmt.Errorf("encode ids: %w", err)
	}
	b, err = c.post(ctx, "/api/saved_objects/_bulk_get", "application/json", b)
	if err != nil {
		return nil, fmt.Errorf("look for existing objects: %w", err)
	}
	var got struct {
		Objects []struct {
			ObjectID
			Attributes json.RawMessage `json:"attributes"`
			Error      *struct {
				Status  int    `json:"statusCode"`
				Message string `json:"message"`
			} `json:"error"`
		} `json:"saved_objects"`
	}
	if err := json.Unmarshal(b, &got); err != nil {
		return nil, errors.New("look for existing objects: the answer is not Kibana's; check url")
	}
	// Unless everything that was asked for is in the answer, something may be
	// there that nobody told of.
	if len(got.Objects) != len(ids) {
		return nil, fmt.Errorf("look for existing objects: the answer is about %d objects, not %d", len(got.Objects), len(ids))
	}
	there := map[ObjectID]bool{}
	var foreign []error
	for i, o := range got.Objects {
		switch {
		case o.ObjectID != ids[i]:
			return nil, fmt.Errorf("look for existing objects: the answer is about something else than %s", ids[i])
		case o.Error != nil && o.Error.Status == 404:
			continue
		case o.Error != nil:
			return nil, fmt.Errorf("look for existing objects: %s: kibana answered %d (%s)",
				ids[i], o.Error.Status, plain(o.Error.Message, c.secrets...))
		}
		var a attributes
		// What does not even decode is not what Build makes.
		if err := json.Unmarshal(o.Attributes, &a); err != nil || !a.marked() {
			title := a.Title
			if a.Name != "" {
				title = a.Name
			}
			foreign = append(foreign, fmt.Errorf("%s %q: %w", ids[i], plain(title, c.secrets...), ErrForeign))
		}
		there[ids[i]] = true
	}
	if len(foreign) > 0 {
		return nil, fmt.Errorf("nothing was imported, since it would replace these objects; delete them under "+
			"Stack Management > Saved Objects, or import into another space or under another prefix: %w", errors.Join(foreign...))
	}
	return there, nil
}

// write imports the file.
func (c *client) write(ctx context.Context, ndjson []byte, objects []object, there map[ObjectID]bool) (Result, error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "palermo.ndjson")
	if err == nil {
		_, err = part.Write(ndjson)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return Result{}, fmt.Errorf("make the form: %w", err)
	}
	b, err := c.post(ctx, "/api/saved_objects/_import?overwrite=true", w.FormDataContentType(), form.Bytes())
	if err != nil {
		return Result{}, fmt.Errorf("import: %w", err)
	}
	var got struct {
		Success *bool      `json:"success"`
		Done    []ObjectID `json:"successResults"`
		Errors  []struct {
			ObjectID
			Error struct {
				Type       string     `json:"type"`
				Message    string     `json:"message"`
				References []ObjectID `json:"references"`
			} `json:"error"`
		} `json:"errors"`
	}
	if err := json.Unmarshal(b, &got); err != nil || got.Success == nil {
		return Result{}, errors.New("import: the answer is not Kibana's; check url")
	}
	var r Result
	refused := map[ObjectID]string{}
	for _, e := range got.Errors {
		reason := []string{plain(e.Error.Type+" "+e.Error.Message, c.secrets...)}
		for _, ref := range e.Error.References {
			reason = append(reason, plain(ref.String(), c.secrets...))
		}
		refused[e.ObjectID] = strings.Join(reason, ", ")
	}
	// One object that is refused can keep Kibana from writing any: only what it
	// says was done counts.
	for i := range objects {
		key := objects[i].key()
		switch reason, ok := refused[key]; {
		case ok:
			r.Failed = append(r.Failed, Failure{Object: key, Reason: reason})
		case !slices.Contains(got.Done, key):
			r.Failed = append(r.Failed, Failure{Object: key, Reason: "not written"})
		case there[key]:
			r.Replaced = append(r.Replaced, key)
		default:
			r.Created = append(r.Created, key)
		}
	}
	if len(r.Failed) == 0 {
		return r, nil
	}
	errs := make([]error, 0, len(r.Failed))
	for _, f := range r.Failed {
		errs = append(errs, fmt.Errorf("%s: %s", f.Object, f.Reason))
	}
	return r, fmt.Errorf("import: %w: %w", ErrPartial, errors.Join(errs...))
}
