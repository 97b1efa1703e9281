"""What a log block can do where scripts may run: filters, and staying open while it is updated.

Without scripts (a notebook that is not trusted yet, a viewer that strips scripts) the block has no
controls and shows all of its lines: nothing is there that does not work.
"""

from typing import Final

# It is part of many blocks that are saved: it stays small, and finds its own block by its place.
FILTERS: Final = """<script>(function(){
const s=document.currentScript,d=s&&s.parentElement;if(!d)return;
const parts=[...d.querySelectorAll('span[data-level]')];
const tasks=[...new Set(parts.map(p=>p.dataset.task))].filter(Boolean).sort();
const levels=[['0','all'],['1','no debugging'],['2','warnings and errors'],['3','errors']]
.filter(l=>l[0]==='0'||parts.some(p=>p.dataset.level<l[0])&&parts.some(p=>p.dataset.level>=l[0]));
const bar=document.createElement('div');
bar.style.cssText='display:flex;flex-wrap:wrap;gap:12px;margin:2px 0;'+
'font-family:var(--jp-ui-font-family,sans-serif)';
function choice(name,options){if(options.length<2)return {value:options[0][0]};
const l=document.createElement('label'),c=document.createElement('select');
for(const [v,t] of options){const o=document.createElement('option');o.value=v;o.textContent=t;
c.append(o)}
l.append(name+' ',c);bar.append(l);c.addEventListener('change',show);return c}
const level=choice('Level',levels),
task=choice('Task',[['','all'],...(tasks.length>1?tasks.map(t=>[t,t]):[])]);
function show(){for(const p of parts)
p.style.display=p.dataset.level>=level.value&&(!task.value||p.dataset.task===task.value)?'':'none'}
if(bar.childElementCount)d.insertBefore(bar,d.querySelector('pre'));
})()</script>""".replace("\n", "")

# A block is sent anew four times a second: what the reader has opened must not close each time.
STAYING_OPEN: Final = """<script>(function(){
const s=document.currentScript,d=s&&s.parentElement;if(!d)return;
const k=d.dataset.key,o=window.casaLogOpen=window.casaLogOpen||{};
if(k in o)d.open=o[k];
d.addEventListener('toggle',()=>{if(d.isConnected)o[k]=d.open});
})()</script>""".replace("\n", "")
