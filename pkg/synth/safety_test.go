package synth

import (
	"regexp"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
)

var (
	numberForm = regexp.MustCompile(`\+?\d(?:[ -]?\d){8,}`)
	atForm     = regexp.MustCompile(`[\w.+-]*@[\w.-]*\w`)
	hostForm   = regexp.MustCompile(`(?i)\b(?:https?://|www\.)([\w.-]+)`)
)

// Nothing in a feed can be taken for a real person's contact: every long
// number carries the block of zeros, every address and link is below a
// reserved name.
func TestNothingLooksLikeARealContact(t *testing.T) {
	t.Parallel()
	o := DefaultOptions()
	o.Ads, o.CampaignShare, o.HardNegativeShare, o.ObfuscationShare = 30_000, 0.3, 0.3, 0
	o.EditRate = 0.2
	items, err := Collect(o)
	require.NoError(t, err)
	numbers, addresses := 0, 0
	for i := range items {
		line := string(items[i].JSON)
		a, err := ad.Decode(items[i].JSON)
		require.NoError(t, err)
		words := a.Title + "\n" + a.Text
		for _, c := range a.Contacts {
			words += "\n" + c.Value
		}
		for _, n := range numberForm.FindAllString(words, -1) {
			numbers++
			require.Contains(t, strings.NewReplacer(" ", "", "-", "").Replace(n), "0000", line)
		}
		for _, at := range atForm.FindAllString(words, -1) {
			addresses++
			_, host, _ := strings.Cut(at, "@")
			require.True(t, strings.HasPrefix(host, "palermo_demo_") || reserved(host), at)
		}
		for _, h := range hostForm.FindAllStringSubmatch(line, -1) {
			require.True(t, reserved(h[1]), h[1])
		}
	}
	require.Greater(t, numbers, 3000)
	require.Greater(t, addresses, 500)
}

func reserved(host string) bool {
	switch host {
	case "example.com", "example.org", "example.net":
		return true
	}
	return strings.HasSuffix(host, ".example")
}

func TestPhonesAreValid(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i := range uint64(4000) {
		national := appendNational(nil, phoneOf(i*977))
		for style := range 4 {
			text := string(appendPhone(nil, national, style))
			n, err := phonenumbers.Parse(text, "ID")
			require.NoError(t, err, text)
			require.True(t, phonenumbers.IsValidNumber(n), text)
			require.Equal(t, "+62"+string(national[1:]), phonenumbers.Format(n, phonenumbers.E164))
		}
		require.False(t, seen[string(national)])
		seen[string(national)] = true
	}
}

// The adult market of the feed is about adults: no text about it holds a word
// for a minor or for youth.
func TestAdultTextsSayNothingOfYouth(t *testing.T) {
	t.Parallel()
	banned := regexp.MustCompile(`(?i)\b(anak\w*|remaja|belia|muda|abg|bocah|gadis|siswi|pelajar|sekolah|teen\w*|young\w*|school\w*|minor\w*|child\w*|kid\w*|underage|virgin|perawan)\b`)
	for _, kind := range []Kind{KindCampaign, KindHardNegative} {
		o := DefaultOptions()
		o.Ads, o.ObfuscationShare, o.RepostShare, o.MeanCopies = 3000, 0, 0, 2
		o.Topics = []string{"sexual_exploitation.id", "sexual_exploitation.en"}
		o.CampaignShare, o.HardNegativeShare = 1, 0
		if kind == KindHardNegative {
			o.Topics = []string{"massage.id", "massage.en"}
			o.CampaignShare, o.HardNegativeShare = 0, 1
		}
		items, err := Collect(o)
		require.NoError(t, err)
		for i := range items {
			a, err := ad.Decode(items[i].JSON)
			require.NoError(t, err)
			// A school of massage is where a masseur learnt.
			words := strings.ReplaceAll(a.Title+"\n"+a.Text, " School", "")
			require.NotRegexp(t, banned, words)
		}
	}
}

func TestLengthsAreThoseOfAdverts(t *testing.T) {
	t.Parallel()
	items, err := Collect(DefaultOptions())
	require.NoError(t, err)
	words, inside := 0, 0
	for i := range items {
		a, err := ad.Decode(items[i].JSON)
		require.NoError(t, err)
		n := len(strings.Fields(a.Text))
		words += n
		if n >= 35 && n <= 160 {
			inside++
		}
	}
	t.Logf("mean %d words, %d of %d between 35 and 160", words/len(items), inside, len(items))
	require.Greater(t, inside, len(items)*9/10)
}
