/*
 * Every limit on what a user controls, in one place (trust.md 3, style.md 4.3 #16).
 */
#ifndef HD_LIMITS_H
#define HD_LIMITS_H

#define HD_ID_MAX           UINT32_MAX           /* ids are 4 bytes in keys */
#define HD_BODY_MAX         (1024 * 1024)        /* bytes of a request body we parse */
#define HD_REPLY_MAX        (16 * 1024 * 1024)   /* bytes of one answer */
#define HD_ARENA_REQUEST    (64 * 1024 * 1024)   /* memory one request may use */
#define HD_JSON_DEPTH       32
#define HD_BAD_FIELDS       50                   /* entries in one problem */
#define HD_PAGE_DEFAULT     50                   /* rows of a list page */
#define HD_PAGE_MAX         200
#define HD_PIECE_MAX        1000                 /* rows of one piece of an export */
#define HD_SCAN_MAX         5000                 /* rows an INLINE read may look at before it hands out a cursor */
#define HD_SCAN_TIME        (5 * HD_SECOND)      /* ... and how long a read in the pool may look at rows */
#define HD_FILTERS_MAX      20                   /* conditions in one query */
#define HD_TERMS_MAX        100                  /* conditions in one filter= expression */
#define HD_EXPR_DEPTH       20                   /* levels of its parentheses and nots */
#define HD_NUMS_MAX         20000                /* numbers one condition may be made of (ids of related records) */
#define HD_SORT_MAX         3                    /* fields of one sort= */
#define HD_GROUPS_MAX       1000                 /* groups one answer shows */
#define HD_LIST_MAX         1000                 /* elements of a list field */
#define HD_PROPERTIES_MAX   100                  /* definitions of one team */
#define HD_OPTIONS_MAX      200                  /* options of one property */
#define HD_BULK_MAX         10000                /* tickets of one bulk change */
#define HD_TEAMS_MAX        5000                 /* teams of one desk */
#define HD_COMPANIES_MAX    100                  /* companies one user works in */
#define HD_PASSWORD_MIN     12                   /* characters */
#define HD_PASSWORD_MAX     128                  /* bytes */
#define HD_IDEM_KEY_MAX     255                  /* bytes of an Idempotency-Key */
#define HD_IDEM_KEEP        (48 * HD_HOUR)       /* how long a key is remembered */
#define HD_SESSION_IDLE     (12 * HD_HOUR)       /* agents; portal users: HD_SESSION_IDLE_PORTAL */
#define HD_SESSION_IDLE_PORTAL (30 * HD_DAY)
#define HD_SESSION_LIFE     (30 * HD_DAY)
#define HD_SETUP_LIFE       (1 * HD_HOUR)        /* the one-time set-up link */
#define HD_INVITATION_LIFE  (72 * HD_HOUR)       /* links with which people set a password: for a new login */
#define HD_RESET_LIFE       (30 * HD_MINUTE)     /* ... and for one they forgot */
#define HD_LINK_NETWORK     20                   /* wrong ones a network (/24 or /48) and minute */
#define HD_RESET_ACCOUNT    5                    /* mails asked for, a name and 15 minutes */
#define HD_RESET_ADDRESS    15                   /* ... an address (/32 or /64) */
#define HD_TOKEN_LIFE       (365 * HD_DAY)       /* API tokens, unless they name another end */
#define HD_LOGIN_ACCOUNT    10                   /* wrong passwords an account and 15 minutes */
#define HD_LOGIN_ADDRESS    30                   /* ... an address (/32 or /64) */
#define HD_LOGIN_NETWORK    100                  /* ... a network (/24 or /48) */
#define HD_PROOF_LIFE       (30 * HD_MINUTE)     /* a password sent with every call is hashed again after that */
#define HD_RPC_WRITES       1000                 /* records one call creates, changes or deletes */
#define HD_RPC_IDS          10000                /* records one call names */
#define HD_DEVICE_LIFE      (90 * HD_DAY)        /* a browser that signed in is known for so long */
#define HD_PRESENCE_LIFE    (30 * HD_SECOND)     /* who does not say it again is gone */
#define HD_PRESENCE_MAX     1024                 /* tickets being looked at, all users and workers together */
#define HD_PRESENCE_USER    16                   /* ... by one user */
#define HD_FORM_LIFE        (2 * HD_HOUR)        /* signed token of the public form */
#define HD_FORM_HASTE       (1 * HD_SECOND)      /* nobody fills in a form faster than this */
#define HD_FORM_PAIRS       300                  /* fields of a posted form that are looked at */
#define HD_FILE_MAX         (25 * 1024 * 1024)   /* bytes of one file, unless helpdesk_file_max says otherwise */
#define HD_FILE_NAME_MAX    200                  /* bytes of its name */
#define HD_TICKET_FILES     500                  /* files of one ticket or team */
#define HD_TICKET_BYTES     INT64_C(1000000000)  /* ... together */
#define HD_LOOSE_FILES      50                   /* files of one person that nothing uses yet */
#define HD_LOOSE_KEEP       (1 * HD_DAY)         /* so long they wait for their message */
#define HD_NOTICE_KEEP      (90 * HD_DAY)        /* a line of an inbox, after it was read */
#define HD_BLOB_KEEP        (1 * HD_HOUR)        /* content without a row: its row may be about to be committed */
#define HD_FORM_FILES       10                   /* files of one posted form */
#define HD_PART_NAME_MAX    200                  /* bytes of a field's name in a multipart body */

#endif
