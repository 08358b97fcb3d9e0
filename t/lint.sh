#!/bin/bash
# Static analysis: the glue under the warnings the other rooms are always compiled with (nginx's headers count as
# system headers), gcc's analyser and cppcheck.  Prints findings; none means status 0.
cd "$(dirname "$0")/.." || exit 1
src=/usr/share/nginx/src/src
sys=$(for d in core event event/modules os/unix http http/modules http/v2; do printf -- '-isystem %s/%s ' $src $d; done)
found=$(mktemp)
trap 'rm -f $found' EXIT

echo "lint: warnings in src/ngx"
for f in src/ngx/*.c; do
    gcc -std=gnu17 -O2 -Wall -Wextra -Wno-unused-parameter -Wshadow -Wconversion -Wsign-conversion -Wvla $sys \
        -isystem build/nginx -isystem /usr/include/libxml2 -Isrc -fsyntax-only "$f" 2>&1
done | grep -E 'src/ngx/.*(warning|error)' >>"$found"

echo "lint: gcc -fanalyzer"
# hd_alloc_raw hands out memory that is not initialised on purpose
printf '%s\n' src/{base,text,model,store,desk,door,api,page,rpc,tool}/*.c | xargs -P2 -I{} gcc -std=gnu17 -O1 -fanalyzer \
    -Wno-analyzer-use-of-uninitialized-value -Isrc -isystem /usr/include/libxml2 -c {} -o /dev/null 2>&1 | grep 'warning:' >>"$found"

echo "lint: cppcheck"
# nullPointer: it does not see that one of two records is always given, or that && short-cuts
cppcheck -j2 --quiet --enable=warning,portability --inline-suppr --suppress=missingIncludeSystem \
    --suppress=nullPointer:src/store/store_row.c --suppress=nullPointerRedundantCheck:src/text/text_words.c \
    --std=c11 -Isrc src/{base,text,model,store,desk,door,api,page,rpc,tool} 2>&1 | grep -E '(warning|error|portability):' >>"$found"

sort -u "$found"
n=$(sort -u "$found" | wc -l)
echo "lint: $n findings"
[ "$n" = 0 ]
