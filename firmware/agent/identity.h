/* SPDX-License-Identifier: Apache-2.0 */
/* identity.h - a till's certificate and key, and the pair that is to follow them, as files: <file>.next beside
 * each. Whatever a power cut leaves, there is a pair that the till can connect with.
 *
 * Order      identity_request makes the next key, identity_take keeps the certificate for it, identity_choose
 *            names the pair for an attempt to connect, identity_prove says that the attempt was answered: the
 *            next pair takes the old one's place only then.
 * Owner      the caller's struct; nothing but the files is kept elsewhere.
 * Threads    one. Every call waits for the disk, and may for the sealer. */
#ifndef KASSA_AGENT_IDENTITY_H
#define KASSA_AGENT_IDENTITY_H

#include "vault/certificate.h"

#define IDENTITY_PATH_MAX 512
#define IDENTITY_STRIKES  3 /* attempts with the next pair that failed where the old one passed */

enum identity_pair { IDENTITY_CURRENT, IDENTITY_NEXT, IDENTITY_PAIR_COUNT };

struct identity_files {
    char certificate[IDENTITY_PATH_MAX];
    char key[IDENTITY_PATH_MAX];
};

struct identity {
    struct sealer sealer; /* for keys; without one they stand open in their files */
    bool is_unread;       /* the sealer gave no answer: what is here is not judged yet */
    struct identity_files files[IDENTITY_PAIR_COUNT];
    bool is_usable[IDENTITY_PAIR_COUNT]; /* the current one also where it is of a kind that we cannot read */
    bool is_known;                       /* the current certificate could be read: these hold */
    char name[VAULT_NAME_MAX + 1];
    int64_t from_unix_s, until_unix_s;
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    enum identity_pair tried; /* by the newest attempt */
    bool is_trying;           /* which nobody has answered yet */
    bool has_next_failed;     /* the attempt before it was with the next pair, in vain */
    unsigned strikes;
};

/* Looks what is there, and removes what an earlier renewal left that is of no use any more. Files that are not
 * there or cannot be read are no error: the attempt to connect will say so. If the sealer does not answer, nothing is
 * removed, and identity_choose looks again. ERR_ARGUMENT: a path is too long. */
NODISCARD
enum err identity_open(const char *certificate_file, const char *key_file, struct sealer sealer,
                       struct identity *out);

/* A key file as the TLS library reads it: of a sealed one a copy in memory, which nobody else sees and which goes with the
 * process. Begins as {.fd = -1}. */
struct identity_shown {
    int fd;
    char path[64];
    uint8_t text[VAULT_PEM_SIZE_MAX]; /* of the sealed file that it is a copy of: it is opened once */
    size_t size;
};

/* The path to read the key at; the sealer is asked once for each key. shown has a place for each pair. Errors of the disk
 * and of the sealer; the file's own path then. */
NODISCARD
enum err identity_show_key(const struct identity *identity, const struct identity_files *files,
                           struct identity_shown shown[IDENTITY_PAIR_COUNT], const char **out_path);
void identity_shown_close(struct identity_shown *shown);

/* The pair for the attempt that begins now: the next one if there is one, unless it was tried just before. */
const struct identity_files *identity_choose(struct identity *identity);

enum identity_verdict {
    IDENTITY_AS_BEFORE,
    IDENTITY_RENEWED, /* the next pair is the current one now */
    IDENTITY_DOUBTED, /* the next pair was refused; it is kept */
    IDENTITY_REFUSED  /* for the last time: it is gone */
};

/* The hub has answered on a line of the pair that was chosen last. An error means that the pair works, but
 * could not be put in its place: at the next call. */
NODISCARD
enum err identity_prove(struct identity *identity, enum identity_verdict *out);

/* Makes a key for the next certificate, or takes the one that waits for an answer, and asks for it under the
 * name of the current one. ERR_STATE: there is no current one that we can read, or a next one already. */
NODISCARD
enum err identity_request(struct identity *identity, struct vault_buffer *out_request_der);

/* Keeps the certificate that was asked for. ERR_ARGUMENT: it is not of our name, not for the key that was
 * made, or ends before the current one does. */
NODISCARD
enum err identity_take(struct identity *identity, struct span certificate_der);

/* When the current one is to be renewed: after two thirds of its life, and up to a twelfth later, each key at a
 * moment of its own. */
int64_t identity_renewal_unix_s(const struct identity *identity);

/* Between two questions: a twenty-fourth of its life, a minute to six hours. */
int64_t identity_retry_s(const struct identity *identity);

#endif
