#pragma once
// glibc's allocator settings, which Swift's own module of glibc leaves out.
#include <malloc.h>
