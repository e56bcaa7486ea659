// Package contact finds the ways to reach whoever posted an advert: phones,
// e-mail addresses, handles, links and messaging links, also where they are
// written so that a program should not find them. It turns each into a keyed
// token, and masks it in the text.
//
// Finding works on text folded by textnorm, with scanners written by hand:
// their time is linear in the text, and numbers are checked by the
// phonenumbers library (a port of Google's libphonenumber) within a budget.
//
// A Found holds a contact in clear. It must not be logged, stored or sent:
// what leaves the process is the token and the kind.
//
// A Finder holds scratch space and belongs to one goroutine at a time; Keys
// are safe for concurrent use.
package contact
