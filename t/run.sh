#!/bin/bash
# Every test, by prove; its own summary comes last.  t/950-sanitized.t runs the black-box tests again with the module
# built under ASan and UBSan, last, so that what fails there stands just above the summary.  Four files at a time, for
# they wait much; those that measure time or stop processes run one after the other at the end.
cd "$(dirname "$0")/.." || exit 1
shopt -s nullglob
exec prove -It/lib --timer -j4 --rules='par=t/{unit,fuzz,ui,faults}/*.t' --rules='par=t/{1,2,6}*.t' --rules='seq=**' \
    t/fuzz/*.t t/faults/*.t t/unit/*.t t/ui/*.t t/[1-8]*.t t/9[0-4]*.t t/99*.t t/bench/*.t t/950-sanitized.t
