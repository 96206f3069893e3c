package main

// City names are put together from these parts: an invented place in capitals,
// as the post office writes them.
var (
	cityLeads = []string{
		"NORTH", "SOUTH", "EAST", "WEST", "NEW", "LAKE", "FORT", "MOUNT", "PORT", "SAINT",
	}
	cityStems = []string{
		"ADAM", "ALDER", "ASH", "BARN", "BEECH", "BELL", "BIRCH", "BLACK", "BLUE", "BRIDGE",
		"BROAD", "BROOK", "BUCK", "BURL", "CALD", "CAMP", "CARL", "CEDAR", "CHEST", "CLAY",
		"CLEAR", "COLD", "CRES", "DANE", "DEER", "DOVER", "EAGLE", "EDGE", "ELK", "ELM",
		"FAIR", "FERN", "FLINT", "FOX", "GARD", "GLEN", "GOLD", "GRAND", "GREEN", "HAMIL",
		"HART", "HAWK", "HAZEL", "HICKORY", "HIGH", "HOLLY", "IRON", "JACK", "KEN", "KINGS",
		"LANG", "LAUREL", "LIND", "LONG", "MADI", "MAPLE", "MARSH", "MEL", "MILL", "MORRIS",
		"NOR", "OAK", "OTTER", "PALM", "PINE", "PLAIN", "QUARRY", "RED", "RICH", "ROCK",
		"ROSE", "SALT", "SAND", "SHER", "SILVER", "SPRING", "STAN", "STONE", "SUMMER", "SUN",
		"THORN", "TIMBER", "TURNER", "VERN", "WALL", "WALNUT", "WATER", "WHITE", "WILLOW", "WOOD",
	}
	cityEndings = []string{
		"BERG", "BOROUGH", "BURG", "BURY", "DALE", "FIELD", "FORD", "GROVE", "HAM", "HAVEN",
		"HURST", "LAND", "LEY", "MERE", "MONT", "PORT", "RIDGE", "SIDE", "SON", "STEAD",
		"TON", "TOWN", "VALE", "VIEW", "VILLE", "WAY", "WELL", "WICK", "WORTH", "STOW",
	}
	cityTails = []string{
		"BEACH", "CENTER", "CITY", "CREEK", "FALLS", "HEIGHTS", "JUNCTION", "PARK", "SPRINGS", "VALLEY",
	}
)

// cityName is a stem and an ending, at times with a word before or after.
func cityName(r *random) string {
	name := pick(r, cityStems) + pick(r, cityEndings)
	switch r.below(10) {
	case 0:
		return pick(r, cityLeads) + " " + name
	case 1:
		return name + " " + pick(r, cityTails)
	default:
		return name
	}
}
