package monary_test
import ("testing";"context";"fmt";"github.com/penstock/penstock/monary";"github.com/penstock/penstock/testdata")
func TestSmoke(t *testing.T){
 d,err:=monary.OpenDump(testdata.Path("zips.bson.gz")); if err!=nil{t.Fatal(err)}
 r,err:=d.Find(context.Background(),nil,monary.MustSchema("_id string:5","city string","loc.0 float64","loc.1 float64","pop int64","state string:2","pop2 any"))
 if err!=nil{t.Fatal(err)}
 tab,err:=r.Table(); if err!=nil{t.Fatal(err)}
 fmt.Println(tab); fmt.Println(r.Report(), r.Report().Absent())
 d,_=monary.OpenDump(testdata.Path("churn.csv"))
 r,err=d.Find(context.Background(),nil,monary.MustSchema("State string:2",`"Day Mins" float64`,`"Churn?" string`,"Phone any", `"Account Length" any`,`"Area Code" bool`))
 if err!=nil{t.Fatal(err)}
 tab,err=r.Table(); fmt.Println(tab,err,r.Report())
}
