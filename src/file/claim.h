/* claim.h -- inside file/ only: what an anonymous sender shows to use their files. */
#ifndef FILE_CLAIM_H
#define FILE_CLAIM_H

#include "file/file.h"

enum { CLAIM_TEXT_MAX = 65 };

/* A new token and its hash; only the hash is stored. */
void claim_make(char ret_token[CLAIM_TEXT_MAX], uint8_t ret_hash[32]);
/* The one the sender holds already, from an upload before or on the matter that the files are for, and its
 * hash; false if it is NULL or no token of ours. */
MUST_USE bool claim_take(const char *token, char ret_token[CLAIM_TEXT_MAX], uint8_t ret_hash[32]);
/* Whether the token (may be NULL) is the one of the file; takes the same time either way. */
bool claim_fits(const struct file *f, const char *token);

#endif
