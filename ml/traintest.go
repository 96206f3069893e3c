package ml

// TrainTest is how TrainTestSplit divides. The zero value tests a quarter of the
// rows, drawn with seed 0.
type TrainTest struct {
	TestSize  Size  // by default the rest, or a quarter if TrainSize is not given either
	TrainSize Size  // by default the rest
	Stratify  []int // labels of the rows: each class gets its share; nil draws from all alike
	NoShuffle bool  // train on the first rows and test the ones behind them
	Seed      Seed
}

// TrainTestSplit divides the rows 0..n−1 once, as scikit-learn's
// train_test_split does. Take the rows with Take. Rows drawn at random are in the
// order drawn.
//
// It is an error if the sizes cannot be had, if Stratify goes with NoShuffle, has
// not n labels, or has a class of a single row.
func TrainTestSplit(n int, how TrainTest) (Fold, error) {
	f, err := how.split(n)
	return f, at("TrainTestSplit", err)
}

func (how TrainTest) split(n int) (Fold, error) {
	quarter := Share(0.25)
	once := ShuffleSplit{1, how.TestSize, how.TrainSize, how.Seed}
	if how.NoShuffle {
		if how.Stratify != nil {
			return Fold{}, errorf("Stratify needs rows drawn at random, NoShuffle is set")
		}
		nTrain, nTest, err := once.sizes(n, quarter)
		if err != nil {
			return Fold{}, err
		}
		return Fold{Train: upTo(0, nTrain), Test: upTo(nTrain, nTrain+nTest)}, nil
	}
	var folds []Fold
	var err error
	if how.Stratify != nil {
		folds, err = StratifiedShuffleSplit(once).split(n, how.Stratify, quarter)
	} else {
		folds, err = once.split(n, quarter)
	}
	if err != nil {
		return Fold{}, err
	}
	return folds[0], nil
}
