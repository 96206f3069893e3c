// Package browser tests the pages of dag/ui in a real browser: every page is opened, by light and by dark, on a wide
// screen and on a phone's, at 40 tasks and at 5,000; a DAG is triggered, watched until it has succeeded, cleared,
// cancelled and backfilled; all can be reached by Tab. It is a module of its own because of the browser's protocol.
//
// # Basics
//
//	apt-get install chromium
//	make browser
//
// Pictures of all pages go to out/pages. What the browser reports (a script or style that the policy of the
// pages refuses, an error in a script) fails the test. So do findings of axe-core, the checker of accessibility, that
// are serious or critical, where AXE_CORE names its file axe.min.js, which the script axe-core fetches; "make browser" and
// ".ci/run modules" do so.
//
// # Caveats
//
// Without Chromium there is nothing to test with: the tests are skipped, unless CHROMIUM names a program that is to be
// used. Without axe-core TestAxe is skipped, and accessibility not checked.
package browser
