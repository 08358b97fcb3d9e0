/*
 * The trace that powercut_shim.c writes and powercut_replay.c reads; marks are appended by the test (powercut.t).
 * Every record is one write(2) to a file opened with O_APPEND, so records of several processes do not mix.
 *
 *   op                 ino        off / other directory   extra       payload
 *   W write            file       offset                  -           bytes          before the call
 *   E write is durable file       -                       -           -              O_DSYNC write of the same token ended
 *   T truncate         file       new size                -           -
 *   s sync begins      file, dir  -                       -           -
 *   S sync ended       file, dir  -                       -           -              same token as its s
 *   C name appears     directory  -                       inode       name           create, mkdir (F) or link
 *   F the same, for a new directory
 *   U name disappears  directory  -                       -           name           unlink, rmdir
 *   R rename           directory  new directory           inode       old NUL new
 *   B root             directory                                                     first record
 *   Q n                a client is about to send ticket n (ino = n)
 *   A n                a client has read the 2xx for ticket n
 *   P n                phase n of the test has ended
 *   ! something the model does not know                               text
 */
#ifndef POWERCUT_TRACE_H
#define POWERCUT_TRACE_H

#include <stdint.h>

#define PC_MAGIC 0x52544448u     /* "HDTR" */

typedef struct {                 /* little-endian, as perl packs "L<L<Q<5" */
    uint32_t magic, op;
    uint64_t ino, off, extra, token, len;
} pc_record_t;

_Static_assert(sizeof(pc_record_t) == 48, "perl packs 48 bytes");

#endif
