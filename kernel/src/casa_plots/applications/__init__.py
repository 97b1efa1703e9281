"""CASA's own applications, casaplotms and casaviewer, without a window and at arm's length.

They are programs of half a gigabyte that want an older protobuf than anything else, listen on a
port without asking who calls, and hang where a library is missing. So they are installed in a place
of their own (`places`, `installing`, `appimages`), run in a process of their own (`process`, and
`server` inside it) that may die, hang or be interrupted at no cost but the call, and what they draw
becomes pages (`export`).

The package deliberately does not know what the parameters mean: that is the applications' business,
and their messages are passed on.
"""
