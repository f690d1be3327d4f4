/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/load.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/hex.h"
#include "cli/passphrase.h"
#include "cli/screen.h"
#include "office/key_lock.h"

#define KEY_FILE_MAX 1024

void load_file_done(struct load_file *file)
{
    free(file->bytes);
    *file = (struct load_file){0};
}

struct span load_span(const struct load_file *file)
{
    return span_of(file->bytes, file->size);
}

/* Room for at least one byte more than there is, and the NUL. */
static enum err make_room(struct load_file *file, size_t *capacity)
{
    if (file->size + 1 < *capacity)
        return ERR_OK;
    size_t wanted = *capacity == 0 ? 65536 : *capacity * 2;
    uint8_t *bytes = realloc(file->bytes, wanted);
    if (bytes == NULL)
        return ERR_MEMORY;
    file->bytes = bytes;
    *capacity = wanted;
    return ERR_OK;
}

static enum err read_all(FILE *in, size_t size_max, struct load_file *out)
{
    struct load_file file CLEANUP(load_file_done) = {0};
    size_t capacity = 0;
    size_t got;
    do {
        TRY(make_room(&file, &capacity));
        got = fread(file.bytes + file.size, 1, capacity - file.size - 1, in);
        file.size += got;
        if (file.size > size_max)
            return ERR_TOO_LONG;
    } while (got > 0);
    if (ferror(in))
        return ERR_IO;
    file.bytes[file.size] = 0;
    out->size = file.size;
    out->bytes = TAKE(file.bytes);
    return ERR_OK;
}

enum err load_file(const char *path, size_t size_max, struct load_file *out)
{
    if (strcmp(path, "-") == 0)
        return read_all(stdin, size_max, out);
    FILE *in = fopen(path, "rb");
    if (in == NULL)
        return errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO;
    struct stat status;
    bool is_folder = fstat(fileno(in), &status) == 0 && S_ISDIR(status.st_mode);
    enum err error = is_folder ? ERR_FOLDER : read_all(in, size_max, out);
    fclose(in);
    return error;
}

void load_book_done(struct load_book *book)
{
    load_file_done(&book->file);
    book_image_done(&book->image);
}

static const char *const severities[] = {[FINDING_ERROR] = "error", [FINDING_WARNING] = "warning"};

void load_print_findings(FILE *out, const char *path, const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *row = &findings->rows[i];
        screen_text(out, path);
        fprintf(out, ":%u:%u: %s: ", row->place.line, row->place.column, severities[row->severity]);
        if (row->path[0] != '\0') {
            screen_text(out, row->path);
            fputs(": ", out);
        }
        screen_text(out, row->what);
        fputc('\n', out);
        if (row->hint[0] == '\0')
            continue;
        fputs("  ", out);
        screen_text(out, row->hint);
        fputc('\n', out);
    }
    size_t all = findings->error_count + findings->warning_count;
    if (all > findings->count)
        fprintf(out, "%zu more\n", all - findings->count);
}

static enum exit_code compile(const struct call *call, const char *path, struct load_book *book)
{
    struct findings findings CLEANUP(findings_done) = FINDINGS_NONE;
    enum err error = book_json_compile(load_span(&book->file), &findings, &book->image);
    load_print_findings(call->err, path, &findings);
    book->bytes = book->image.bytes;
    if (error == ERR_SYNTAX && findings.error_count > 0)
        return EXIT_DATA;
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, path, "");
}

static enum exit_code take_apart(const struct call *call, const char *path, struct load_book *book)
{
    enum err error = signed_book_read(load_span(&book->file), &book->parts);
    if (error != ERR_OK)
        return call_fail(call, error, path, "it begins as a signed book, but is none");
    book->bytes = book->parts.book;
    return EXIT_DONE;
}

/* JSON begins with a bracket, perhaps after white space; the binary forms with letters. */
static enum load_form form_of(struct span file)
{
    size_t at = 0;
    while (at < file.size && memchr(" \t\r\n", file.bytes[at], 4) != NULL)
        at++;
    if (signed_book_is_one(file))
        return LOAD_SIGNED;
    return at < file.size && file.bytes[0] == 'K' ? LOAD_BINARY : LOAD_JSON;
}

enum exit_code load_book(const struct call *call, const char *path, struct load_book *out)
{
    struct load_book book CLEANUP(load_book_done) = {0};
    enum err error = load_file(path, BOOK_JSON_SIZE_MAX, &book.file);
    if (error != ERR_OK)
        return call_fail(call, error, path, "");
    enum exit_code code = EXIT_DONE;
    book.form = form_of(load_span(&book.file));
    book.bytes = load_span(&book.file);
    if (book.form == LOAD_JSON)
        code = compile(call, path, &book);
    else if (book.form == LOAD_SIGNED)
        code = take_apart(call, path, &book);
    if (code != EXIT_DONE)
        return code;
    error = book_open(book.bytes, &book.book);
    if (error != ERR_OK)
        return call_fail(call, error, path, "it is no book, or one of another version of kassa");
    *out = book;
    book.file.bytes = NULL;
    book.image.memory = NULL;
    return EXIT_DONE;
}

static struct span trimmed(struct span text)
{
    while (text.size > 0 && memchr(" \t\r\n", text.bytes[text.size - 1], 4) != NULL)
        text.size--;
    return text;
}

enum exit_code load_key(const struct call *call, const char *path, size_t size, const char *what,
                        uint8_t *out)
{
    struct load_file file CLEANUP(load_file_done) = {0};
    enum err error = load_file(path, KEY_FILE_MAX, &file);
    if (error == ERR_OK && hex_read(trimmed(load_span(&file)), out, size) == ERR_OK)
        return EXIT_DONE;
    char hint[128];
    snprintf(hint, sizeof(hint), "%s is a line of %zu hexadecimal digits", what, 2 * size);
    return call_fail(call, error != ERR_OK ? error : ERR_SYNTAX, path, hint);
}

static enum exit_code unlock(const struct call *call, const char *path, struct span text,
                             uint8_t out[VAULT_PRIVATE_SIZE])
{
    struct passphrase passphrase CLEANUP(passphrase_wipe) = {.size = 0};
    enum exit_code code = passphrase_ask(call, path, &passphrase);
    if (code != EXIT_DONE)
        return code;
    enum err error = key_lock_open(text, span_of(passphrase.text, passphrase.size), out);
    return error == ERR_OK ? EXIT_DONE
                           : call_fail(call, error, path,
                                       error == ERR_SIGNATURE ? "another passphrase, or the file was changed"
                                                              : "it begins as a locked key, but is none");
}

enum exit_code load_private_key(const struct call *call, const char *path, uint8_t out[VAULT_PRIVATE_SIZE])
{
    struct load_file file CLEANUP(load_file_done) = {0};
    enum err error = load_file(path, KEY_FILE_MAX, &file);
    if (error == ERR_OK && key_lock_is_one(load_span(&file)))
        return unlock(call, path, load_span(&file), out);
    return load_key(call, path, VAULT_PRIVATE_SIZE, "a private key", out);
}

enum exit_code load_public_key(const struct call *call, const char *path, uint8_t out[VAULT_PUBLIC_SIZE])
{
    struct load_file file CLEANUP(load_file_done) = {0};
    enum err error = load_file(path, KEY_FILE_MAX, &file);
    struct span text = trimmed(load_span(&file));
    uint8_t private_key[VAULT_PRIVATE_SIZE];
    if (error != ERR_OK || text.size != 2 * sizeof(private_key))
        return load_key(call, path, VAULT_PUBLIC_SIZE, "a public key", out);
    if (hex_read(text, private_key, sizeof(private_key)) != ERR_OK ||
        vault_public_key_of(private_key, out) != ERR_OK)
        return call_fail(call, ERR_SYNTAX, path, "it is no private key of the curve P-256");
    return EXIT_DONE;
}

enum exit_code load_peppers(const struct call *call, const char *path, struct vault_peppers *out)
{
    struct load_file file CLEANUP(load_file_done) = {0};
    enum err error = load_file(path, KEY_FILE_MAX, &file);
    if (error == ERR_OK)
        error = vault_peppers_read(load_span(&file), out);
    if (file.bytes != NULL)
        vault_wipe(file.bytes, file.size);
    if (error == ERR_OK)
        return EXIT_DONE;
    return call_fail(call, error, path,
                     "a pepper is a line of 64 hexadecimal digits; of several each has its version in front");
}
