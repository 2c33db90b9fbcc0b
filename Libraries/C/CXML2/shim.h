#pragma once
// Debian builds libxml2 with ICU, and its header then pulls in ICU's, which clash with the ones that Swift's Foundation carries.
// Only the tail of xmlCharEncodingHandler depends on it, a structure that is never touched from here.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
