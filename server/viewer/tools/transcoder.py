"""Rewrite three's KTX2 transcoder so that it compiles no text, and no page has to allow `unsafe-eval` for it.

Emscripten glues JavaScript to WebAssembly with functions that it writes as text and compiles (mrdoob/three.js#34389).
It can do without, by its option DYNAMIC_EXECUTION=0, which three's build did not use. Here both places that compile
text become the closures that this option makes.
"""

from __future__ import annotations

_METHOD = (
    "let[args,invokerFnBody]=createJsInvoker(argTypes,isClassMethodFunc,returns,isAsync);args.push(invokerFnBody);"
    "var invokerFn=newFunc(Function,args)(...closureArgs);"
)
_METHOD_CLOSURE = (
    "var invokerFn=function(...given){if(given.length!==argCount-2){throwBindingError(`function ${humanName} called "
    "with ${given.length} arguments, expected ${argCount-2}`)}var destructors=needsDestructorStack?[]:null;"
    "var wired=[];if(isClassMethodFunc){wired.push(argTypes[1].toWireType(destructors,this))}"
    "for(var i=0;i<argCount-2;++i){wired.push(argTypes[i+2].toWireType(destructors,given[i]))}"
    "var rv=cppInvokerFunc(cppTargetFunc,...wired);if(needsDestructorStack){runDestructors(destructors)}else{"
    "for(var i=isClassMethodFunc?1:2;i<argTypes.length;++i){if(argTypes[i].destructorFunction!==null){"
    "argTypes[i].destructorFunction(wired[isClassMethodFunc?i-1:i-2])}}}"
    "if(returns){return argTypes[0].fromWireType(rv)}};"
)
_CALLER_BEGIN = "var functionBody=`return function (obj, func, destructorsRef, args) {\\n`;"
_CALLER_END = "var invokerFunction=newFunc(Function,params)(...args);"
_CALLER_CLOSURE = (
    "var invokerFunction=function(obj,func,destructorsRef,args){var offset=0;var values=[];"
    "for(var i=0;i<argCount;++i){values.push(types[i].readValueFromPointer(args+offset));"
    "offset+=types[i].argPackAdvance}"
    "var rv=kind===1?reflectConstruct(func,values):func.apply(obj,values);"
    "if(!retType.isVoid){return emval_returnValue(retType,destructorsRef,rv)}};"
)


class UnknownTranscoderError(ValueError):
    """Another release of the transcoder: what compiles text is not where it was."""


def without_eval(source: str) -> str:
    """Return the transcoder's script with closures in place of text that is compiled; raises UnknownTranscoderError."""
    if source.count(_METHOD) != 1 or source.count(_CALLER_BEGIN) != 1 or source.count(_CALLER_END) != 1:
        raise UnknownTranscoderError("basis_transcoder.js is another release than the one this was written for")
    source = source.replace(_METHOD, _METHOD_CLOSURE)
    begin, end = source.index(_CALLER_BEGIN), source.index(_CALLER_END) + len(_CALLER_END)
    source = source[:begin] + _CALLER_CLOSURE + source[end:]
    if "newFunc(Function" in source:
        raise UnknownTranscoderError("basis_transcoder.js compiles text in more places than were known")
    return source
