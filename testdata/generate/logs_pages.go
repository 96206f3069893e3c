package main

import "time"

// firstDay is the day of the first column of pages; the log starts on its
// evening.
var firstDay = time.Date(2014, time.February, 3, 0, 0, 0, 0, time.UTC)

// page is one page of the shop and its hits on each of the eight days.
type page struct {
	name string
	hits [8]int
}

var pages = []page{
	// day of February: 3, 4, 5, 6, 7, 8, 9, 10
	{"cart.do", [8]int{115, 681, 638, 610, 655, 602, 574, 535}},
	{"product.screen", [8]int{92, 528, 497, 476, 509, 467, 446, 412}},
	{"oldlink", [8]int{61, 364, 339, 325, 348, 322, 304, 286}},
	{"category.screen", [8]int{63, 355, 336, 318, 344, 313, 301, 279}},
	{"cart/success.do", [8]int{19, 121, 112, 108, 117, 106, 103, 93}},
	{"cart/error.do", [8]int{2, 14, 23, 22, 24, 19, 20, 16}},
	{"account.do", [8]int{1, 5, 4, 5, 6, 4, 4, 4}},
	{"search.screen", [8]int{1, 4, 5, 4, 5, 4, 4, 4}},
	{"cart/coupon.do", [8]int{0, 5, 4, 4, 5, 4, 4, 3}},
	{"news.screen", [8]int{0, 4, 5, 4, 4, 3, 4, 4}},
	{"contact.screen", [8]int{0, 4, 4, 3, 5, 4, 4, 3}},
	{"stuff/logo.ico", [8]int{0, 4, 3, 5, 4, 3, 3, 3}},
	{"stuff/style.css", [8]int{0, 5, 4, 4, 3, 0, 4, 4}},
	{"stuff/robots.txt", [8]int{0, 4, 3, 0, 4, 2, 3, 1}},
}

// hourWeights is how busy each hour (UTC) of a day is.
var hourWeights = []int{
	30, 22, 16, 12, 10, 12, 18, 28, 40, 50, 56, 60,
	62, 60, 58, 58, 60, 64, 70, 78, 82, 76, 60, 42,
}

// openingHour is the first hour of the log on the first day.
const openingHour = 18

// hostNets are the networks set aside for documentation (RFC 5737).
var hostNets = []string{"192.0.2.", "198.51.100.", "203.0.113."}

var userAgents = []string{
	"Mozilla/5.0 (Windows NT 6.1; WOW64; rv:26.0) Gecko/20100101 Firefox/26.0",
	"Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.102 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.73.11 (KHTML, like Gecko) Version/7.0.1 Safari/537.73.11",
	"Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)",
	"Mozilla/5.0 (X11; Linux x86_64; rv:26.0) Gecko/20100101 Firefox/26.0",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 7_0_4 like Mac OS X) AppleWebKit/537.51.1 (KHTML, like Gecko) Version/7.0 Mobile/11B554a Safari/9537.53",
	"Mozilla/5.0 (Linux; Android 4.4.2; Nexus 5) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.99 Mobile Safari/537.36",
	"ExampleBot/1.0 (+http://bot.example.com/)",
}

// outsideReferers lead into the shop; "-" is a visit without a referer.
var outsideReferers = []string{
	"-",
	"http://search.example.com/?q=gifts",
	"http://search.example.com/?q=flower+shop",
	"http://blog.example.com/2014/02/valentine.html",
	"http://mail.example.com/",
}
