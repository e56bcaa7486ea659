package kibana

// A file of the sources holds one of the three parts.
type sourceFile struct {
	DataView  *dataView  `yaml:"data_view"`
	Searches  []search   `yaml:"searches"`
	Dashboard *dashboard `yaml:"dashboard"`
}

// dataView describes one index to Kibana.
type dataView struct {
	// Name is the short name that panels use; id and index are "palermo-" + Name.
	Name  string `yaml:"name"`
	Title string `yaml:"title"`
	// Time is the field that the time picker looks at.
	Time string `yaml:"time"`
	// Where is a filter in KQL that every panel and search of this view gets,
	// unless it says all.
	Where string `yaml:"where"`
	// ID names the field whose description carries the marker: a data view has
	// no description of its own.
	ID      string           `yaml:"id"`
	Fields  map[string]field `yaml:"fields"`
	Runtime map[string]field `yaml:"runtime"`
}

// field is one field of an index, or of a data view if it has a Script.
type field struct {
	// Type is the one of the mapping.
	Type string `yaml:"type"`
	// Label and About are shown in place of the name and beside it.
	Label  string  `yaml:"label"`
	About  string  `yaml:"about"`
	Format *format `yaml:"format"`
	// Script computes a runtime field, in Painless.
	Script string `yaml:"script"`
}

// format is a field formatter, with the parameters as Kibana names them.
type format struct {
	ID     string         `yaml:"id"`
	Params map[string]any `yaml:"params"`
}

// search is a saved search.
type search struct {
	Name  string `yaml:"name"`
	Title string `yaml:"title"`
	About string `yaml:"about"`
	// View is the short name of a data view.
	View  string `yaml:"view"`
	Where string `yaml:"where"`
	// All leaves out the view's own filter.
	All     bool     `yaml:"all"`
	Columns []string `yaml:"columns"`
	// Sort is a field and "asc" or "desc".
	Sort string `yaml:"sort"`
	// OftenEmpty says that finding nothing is no fault.
	OftenEmpty bool `yaml:"often_empty"`
}

// dashboard is one dashboard.
type dashboard struct {
	Name  string `yaml:"name"`
	Title string `yaml:"title"`
	About string `yaml:"about"`
	// From and To are the time that is shown at first.
	From     string    `yaml:"from"`
	To       string    `yaml:"to"`
	Controls []control `yaml:"controls"`
	Panels   []panel   `yaml:"panels"`
}

// control is a list of values above the panels, to filter them all.
type control struct {
	View   string `yaml:"view"`
	Field  string `yaml:"field"`
	Label  string `yaml:"label"`
	Single bool   `yaml:"single"`
}

// panel is a chart, or a saved search, or a text.
type panel struct {
	// At is where it stands: x, y, width and height, 48 columns wide.
	At    [4]int `yaml:"at"`
	Title string `yaml:"title"`
	About string `yaml:"about"`

	// Text is Markdown.
	Text string `yaml:"text"`
	// Search is the short name of a saved search.
	Search string `yaml:"search"`

	// Type makes a chart; see the chart types.
	Type       string   `yaml:"type"`
	View       string   `yaml:"view"`
	Where      string   `yaml:"where"`
	All        bool     `yaml:"all"`
	Metrics    []metric `yaml:"metrics"`
	By         []bucket `yaml:"by"`
	OftenEmpty bool     `yaml:"often_empty"`
}

// The chart types.
const (
	chartMetric = "metric" // one number, or one for each value of the first by
	chartBar    = "bar"    // stacked; the first by along, the second one by colour
	chartRows   = "rows"   // bars that lie, for values with long names
	chartLine   = "line"
	chartTable  = "table" // a row for each combination of by
	chartPie    = "pie"
)

// metric is one number.
type metric struct {
	Label string `yaml:"label"`
	// Do is the operation; see the metric operations.
	Do    string `yaml:"do"`
	Field string `yaml:"field"`
	// Percentile is that of doPercentile, above 0 and below 100.
	Percentile float64 `yaml:"percentile"`
	Where      string  `yaml:"where"`
}

// The metric operations.
const (
	doCount      = "count" // documents
	doUnique     = "unique_count"
	doSum        = "sum"
	doAverage    = "average"
	doMin        = "min"
	doMax        = "max"
	doMedian     = "median"
	doPercentile = "percentile"
	doLast       = "last" // the value in the latest document
)

// bucket is one way of dividing the documents.
type bucket struct {
	Label string `yaml:"label"`
	// Do is the operation; see the bucket operations.
	Do    string `yaml:"do"`
	Field string `yaml:"field"`
	// Size bounds the values of doTerms.
	Size int `yaml:"size"`
	// Order of doTerms is the label of a metric, highest first; "" for the
	// values themselves.
	Order string `yaml:"order"`
	// Filters are those of doFilters.
	Filters []labelled `yaml:"filters"`
}

// The bucket operations.
const (
	doTerms   = "terms"
	doDates   = "dates"
	doFilters = "filters"
)

// labelled is a filter in KQL with a name.
type labelled struct {
	Label string `yaml:"label"`
	Where string `yaml:"where"`
}
