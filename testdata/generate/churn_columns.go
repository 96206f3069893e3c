package main

import "strconv"

// column is one column of the churn data: its text in CSV and its field in BSON.
type column struct {
	name   string
	text   func(c *customer) string
	append func(d *dump, name string, c *customer)
}

// churnColumns is in the order of both files.
var churnColumns = []column{
	textColumn("State", func(c *customer) string { return c.state }),
	countColumn("Account Length", func(c *customer) int { return c.accountLength }),
	countColumn("Area Code", func(c *customer) int { return c.areaCode }),
	textColumn("Phone", func(c *customer) string { return c.phone }),
	textColumn("Int'l Plan", func(c *customer) string { return yesNo(c.intlPlan) }),
	textColumn("VMail Plan", func(c *customer) string { return yesNo(c.voicePlan) }),
	countColumn("VMail Message", func(c *customer) int { return c.messages }),
	decimalColumn("Day Mins", 1, func(c *customer) int { return c.day.tenths }),
	countColumn("Day Calls", func(c *customer) int { return c.day.calls }),
	decimalColumn("Day Charge", 2, func(c *customer) int { return c.day.cents }),
	decimalColumn("Eve Mins", 1, func(c *customer) int { return c.eve.tenths }),
	countColumn("Eve Calls", func(c *customer) int { return c.eve.calls }),
	decimalColumn("Eve Charge", 2, func(c *customer) int { return c.eve.cents }),
	decimalColumn("Night Mins", 1, func(c *customer) int { return c.night.tenths }),
	countColumn("Night Calls", func(c *customer) int { return c.night.calls }),
	decimalColumn("Night Charge", 2, func(c *customer) int { return c.night.cents }),
	decimalColumn("Intl Mins", 1, func(c *customer) int { return c.intl.tenths }),
	countColumn("Intl Calls", func(c *customer) int { return c.intl.calls }),
	decimalColumn("Intl Charge", 2, func(c *customer) int { return c.intl.cents }),
	countColumn("CustServ Calls", func(c *customer) int { return c.serviceCalls }),
	textColumn("Churn?", func(c *customer) string { return trueFalse(c.churn) }),
}

func textColumn(name string, value func(*customer) string) column {
	return column{
		name:   name,
		text:   value,
		append: func(d *dump, name string, c *customer) { d.str(name, value(c)) },
	}
}

func countColumn(name string, value func(*customer) int) column {
	return column{
		name:   name,
		text:   func(c *customer) string { return strconv.Itoa(value(c)) },
		append: func(d *dump, name string, c *customer) { d.int32(name, value(c)) },
	}
}

// decimalColumn holds a scaled integer: a double that is the nearest one to the
// text with that many digits.
func decimalColumn(name string, digits int, value func(*customer) int) column {
	text := func(c *customer) string { return decimal(value(c), digits) }
	return column{
		name:   name,
		text:   text,
		append: func(d *dump, name string, c *customer) { d.double(name, text(c)) },
	}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func trueFalse(b bool) string {
	if b {
		return "True."
	}
	return "False."
}
