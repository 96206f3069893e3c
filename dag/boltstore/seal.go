package boltstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"

	bolt "go.etcd.io/bbolt"
)

// bbolt has checksums of its meta pages only. So that a flipped bit elsewhere is an error
// and not another history, a value carries a checksum of itself and of where it is.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(data []byte, where [][]byte) uint32 {
	sum := crc32.Checksum(data, castagnoli)
	for _, w := range where {
		sum = crc32.Update(sum, castagnoli, binary.BigEndian.AppendUint32(nil, uint32(len(w))))
		sum = crc32.Update(sum, castagnoli, w)
	}
	return sum
}

// seal returns the data with a checksum before it.
func seal(data []byte, where ...[]byte) []byte {
	sealed := make([]byte, 4, 4+len(data))
	binary.BigEndian.PutUint32(sealed, checksum(data, where))
	return append(sealed, data...)
}

// unseal returns the data, false if the checksum is wrong.
func unseal(sealed []byte, where ...[]byte) (data []byte, ok bool) {
	if len(sealed) < 4 {
		return nil, false
	}
	data = sealed[4:]
	return data, binary.BigEndian.Uint32(sealed) == checksum(data, where)
}

// verify reads the first record of every log, which tells whether the log has its own name, and
// looks whether all logs are there and none is cut short.
func verify(tx *bolt.Tx) error {
	if _, err := currentEpoch(tx); err != nil {
		return err
	}
	for _, name := range [][]byte{bucketLogs, bucketBlobs} {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("it has no bucket %q", name)
		}
	}
	logs, found := tx.Bucket(bucketLogs), uint64(0)
	err := logs.ForEachBucket(func(name []byte) error {
		found++
		log := logs.Bucket(name)
		k, v := log.Cursor().First()
		last, _ := log.Cursor().Last()
		if _, ok := unseal(v, name, k); !ok || !bytes.Equal(last, number(log.Sequence())) {
			return fmt.Errorf("log %q is damaged", name)
		}
		return nil
	})
	if err == nil && found != logs.Sequence() {
		err = fmt.Errorf("damaged: %d logs are left of %d", found, logs.Sequence())
	}
	return err
}

// open opens the file once it has been looked through: bbolt ends the process, in a
// goroutine of its own, on some of what may be wrong with a file, and the operating
// system does on a page that is not there.
func open(path string) (db *bolt.DB, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("damaged: %v", v)
		}
	}()
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		if err := inspect(path); err != nil {
			return nil, err
		}
	}
	return bolt.Open(path, 0o600, &bolt.Options{Timeout: lockTimeout(path), FreelistType: bolt.FreelistMapType})
}

func inspect(path string) (err error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockTimeout(path), ReadOnly: true}) // nobody writes from here on
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if err := checkPages(file, info.Size()); err != nil {
		return fmt.Errorf("damaged: %w", err)
	}
	return db.View(func(tx *bolt.Tx) (err error) {
		for fault := range tx.Check() {
			if err == nil {
				err = fmt.Errorf("damaged: %w", fault)
			}
		}
		return err
	})
}
