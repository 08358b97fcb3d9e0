/*
 * Passwords: the rule, and what a new one ends (trust.md 5.1, T-12).
 */
#include "desk_impl.h"

/* Of the often used ones, those that the length rule lets through. */
static const char *const common[] = {
    "123456789012", "1234567890123", "12345678901234", "123456789123", "1234567891011",
    "111111111111", "000000000000", "qwertyuiop12", "qwertyuiop123", "qwertyuiopas",
    "1qaz2wsx3edc", "1q2w3e4r5t6y", "q1w2e3r4t5y6", "zaq12wsxcde3", "asdfghjkl123", "abcdefghijkl",
    "abcdef123456", "passwordpassword", "password1234", "password12345", "password123456",
    "passw0rd1234", "p@ssw0rd1234", "mypassword123", "administrator", "administrator1",
    "adminadmin123", "letmeinletmein", "iloveyou1234", "welcome12345", "changeme1234",
    "changemechangeme", "helpdesk1234", "helpdeskhelpdesk", "supersecret1", "trustno1trustno1",
    "correcthorsebatterystaple",
    "correct horse battery staple",
};

static bool is_one_character(hd_str_t s)
{
    for (size_t i = 1; i < s.len; i++) {
        if (s.data[i] != s.data[0]) {
            return false;
        }
    }
    return true;
}

hd_password_fault_t hd_password_fault(hd_str_t password, hd_str_t login, hd_str_t name)
{
    if (password.len > HD_PASSWORD_MAX) {
        return HD_PASSWORD_LONG;
    }
    if (!hd_str_is_utf8(password)) {
        return HD_PASSWORD_BYTES;
    }
    if (hd_text_length(password) < HD_PASSWORD_MIN) {
        return HD_PASSWORD_SHORT;
    }
    if (hd_str_ieq(password, login) || hd_str_ieq(password, name)) {
        return HD_PASSWORD_NAME;
    }
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        if (hd_str_ieq(password, hd_str(common[i]))) {
            return HD_PASSWORD_COMMON;
        }
    }
    return is_one_character(password) ? HD_PASSWORD_COMMON : HD_PASSWORD_GOOD;
}

const char *hd_password_problem(hd_str_t password, hd_str_t login, hd_str_t name)
{
    static const char *const sentences[] = {
        [HD_PASSWORD_GOOD] = NULL,
        [HD_PASSWORD_LONG] = "The password is longer than 128 bytes.",
        [HD_PASSWORD_BYTES] = "The password is not valid UTF-8.",
        [HD_PASSWORD_SHORT] = "The password needs at least 12 characters.",
        [HD_PASSWORD_NAME] = "The password must not be the login or the name.",
        [HD_PASSWORD_COMMON] = "The password is among the most used ones.",
    };
    return sentences[hd_password_fault(password, login, name)];
}

hd_code_t hd_user_set_password(hd_cx_t *cx, hd_id_t user_id, hd_str_t phc, hd_id_t keep_session)
{
    hd_user_t old;
    hd_code_t code = hd_record_get(cx, HD_USER, user_id, &old);
    if (code != HD_OK) {
        return code;
    }
    /* Others' passwords: administrators, of users wholly within their companies. */
    if (user_id != cx->actor->uid
        && !hd_rules_user.may_write(cx, &old, HD_BIT(HD_USER_F_password))) {
        return HD_E_RIGHT;
    }
    hd_user_t u = old;
    u.password = phc;
    code = hd_desk_put(cx, HD_USER, &old, &u);
    code = code == HD_OK ? hd_desk_invitations_drop(cx, user_id) : code;      /* T-04 */
    return code == HD_OK ? hd_desk_end_sessions(cx, user_id, keep_session) : code;
}
