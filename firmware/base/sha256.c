/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sha256.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

#define BLOCK_SIZE 64
#define LENGTH_AT  56 /* of the last block: the length in bits, big-endian */

/* FIPS 180-4 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

struct sha256 {
    uint32_t state[8];
    uint8_t block[BLOCK_SIZE];
    size_t filled; /* of the block */
    uint64_t size;
};

#define TARGET __attribute__((target("sha,sse4.1"), always_inline)) static inline

TARGET __m128i load(const void *from)
{
    return _mm_loadu_si128(from);
}

/* The message schedule (6.2.2, step 1): four words from the sixteen before them. */
TARGET __m128i next_words(__m128i w0, __m128i w1, __m128i w2, __m128i w3)
{
    __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
    return _mm_sha256msg2_epu32(sum, w3);
}

/* SHA256RNDS2 does two rounds. It takes the working variables as ABEF and CDGH, highest first. */
TARGET void four_rounds(__m128i *abef, __m128i *cdgh, __m128i words, const uint32_t *k)
{
    __m128i wk = _mm_add_epi32(words, load(k));
    *cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, wk);
    *abef = _mm_sha256rnds2_epu32(*abef, *cdgh, _mm_shuffle_epi32(wk, 0x0e));
}

__attribute__((target("sha,sse4.1"))) static void take_block(uint32_t state[8], const uint8_t *block)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i cdab = _mm_shuffle_epi32(load(state), 0xb1);
    __m128i efgh = _mm_shuffle_epi32(load(state + 4), 0x1b);
    const __m128i abef_before = _mm_alignr_epi8(cdab, efgh, 8);
    const __m128i cdgh_before = _mm_blend_epi16(efgh, cdab, 0xf0);
    __m128i abef = abef_before;
    __m128i cdgh = cdgh_before;
    __m128i w0 = _mm_shuffle_epi8(load(block), big_endian);
    __m128i w1 = _mm_shuffle_epi8(load(block + 16), big_endian);
    __m128i w2 = _mm_shuffle_epi8(load(block + 32), big_endian);
    __m128i w3 = _mm_shuffle_epi8(load(block + 48), big_endian);
    for (const uint32_t *k = constants;; k += 16) {
        four_rounds(&abef, &cdgh, w0, k);
        four_rounds(&abef, &cdgh, w1, k + 4);
        four_rounds(&abef, &cdgh, w2, k + 8);
        four_rounds(&abef, &cdgh, w3, k + 12);
        if (k == constants + 48)
            break;
        w0 = next_words(w0, w1, w2, w3);
        w1 = next_words(w1, w2, w3, w0);
        w2 = next_words(w2, w3, w0, w1);
        w3 = next_words(w3, w0, w1, w2);
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
    __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
    __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

static void take(struct sha256 *hash, struct span bytes)
{
    hash->size += bytes.size;
    while (bytes.size > 0) {
        if (hash->filled == 0 && bytes.size >= BLOCK_SIZE) {
            take_block(hash->state, bytes.bytes);
            bytes = span_of(bytes.bytes + BLOCK_SIZE, bytes.size - BLOCK_SIZE);
            continue;
        }
        size_t room = BLOCK_SIZE - hash->filled;
        size_t part = bytes.size < room ? bytes.size : room;
        memcpy(hash->block + hash->filled, bytes.bytes, part);
        hash->filled += part;
        bytes = span_of(bytes.bytes + part, bytes.size - part);
        if (hash->filled == BLOCK_SIZE) {
            take_block(hash->state, hash->block);
            hash->filled = 0;
        }
    }
}

static void finish(struct sha256 *hash, uint8_t out[HASH_SIZE])
{
    static const uint8_t padding[BLOCK_SIZE] = {0x80};
    uint64_t bits = hash->size * 8;
    uint8_t length[8];
    size_t used = hash->filled;
    take(hash, span_of(padding, (used < LENGTH_AT ? LENGTH_AT : LENGTH_AT + BLOCK_SIZE) - used));
    for (size_t i = 0; i < sizeof length; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    take(hash, span_of(length, sizeof length));
    for (size_t i = 0; i < HASH_SIZE; i++)
        out[i] = (uint8_t)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

static void hash_two(struct span a, struct span b, uint8_t out[HASH_SIZE])
{
    /* FIPS 180-4 5.3.3 */
    struct sha256 hash = {.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                                    0x1f83d9ab, 0x5be0cd19}};
    take(&hash, a);
    take(&hash, b);
    finish(&hash, out);
}

sha256_two_fn *sha256_of_processor(void)
{
    unsigned a;
    unsigned b;
    unsigned c;
    unsigned d;
    bool has_sse41 = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSE4_1) != 0;
    bool has_sha = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
    return has_sse41 && has_sha ? hash_two : NULL;
}

#else

sha256_two_fn *sha256_of_processor(void)
{
    return NULL;
}

#endif
